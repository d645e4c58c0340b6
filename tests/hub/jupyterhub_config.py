"""
A hub as its operator would set it up: TLS in front, a password for everybody, a home and a server for each user.

Each user is one of the system as well where the hub is root, though none has an entry in ``/etc/passwd``.
"""

import os
from pathlib import Path

from jupyterhub.spawner import SimpleLocalProcessSpawner

c = get_config()  # type: ignore[name-defined]  # noqa: F821 - JupyterHub hands it in

run = Path(os.environ["HUB_RUN"])
port, hub_port, api_port = os.environ["HUB_PORTS"].split()
user_ids = {"ada": 61001, "bob": 61002}

c.JupyterHub.bind_url = f"https://127.0.0.1:{port}/"
c.JupyterHub.ssl_key, c.JupyterHub.ssl_cert = str(run / "key.pem"), str(run / "certificate.pem")
c.JupyterHub.hub_port = int(hub_port)
c.JupyterHub.db_url = f"sqlite:///{run}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(run / "cookie_secret")
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "open-sesame"
c.Authenticator.allowed_users = set(user_ids)
c.ConfigurableHTTPProxy.command = [os.environ["CONFIGURABLE_HTTP_PROXY"]]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.pid_file = str(run / "proxy.pid")

c.JupyterHub.spawner_class = SimpleLocalProcessSpawner
c.SimpleLocalProcessSpawner.home_dir_template = f"{run}/home/{{username}}"
c.Spawner.args = [
    "--LabApp.expose_app_in_browser=True",
    "--JupyterNotebookApp.expose_app_in_browser=True",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--ServerApp.allow_root=True",
]
c.Spawner.env_keep = ["PATH", "LANG", "LC_ALL"]
c.Spawner.environment = {"BROWSER": "true"}


def as_its_user(spawner: SimpleLocalProcessSpawner) -> None:
    """Have a server run as its own user, who may read all the same where this Python lies in a closed home."""
    if os.getuid() == 0:
        user_id = str(user_ids[spawner.user.name])
        may_read = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        change = ["setpriv", f"--reuid={user_id}", f"--regid={user_id}", "--clear-groups", *may_read]
        spawner.cmd = [*change, "jupyterhub-singleuser"]


c.Spawner.pre_spawn_hook = as_its_user
