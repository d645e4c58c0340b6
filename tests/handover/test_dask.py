"""
A login on a Dask cluster of real processes; its long forms run with ``nox -s cluster``.
"""

import contextlib
import os
import pickle
import queue
import secrets
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clients import refreshes
from clusters import (
    PATIENCE,
    ask,
    ask_asynchronously,
    ask_by_each_package,
    ask_for_the_reply,
    ask_meanwhile,
    found_in_memory,
    outcomes,
    plugins,
    processes,
)
from distributed import Client, LocalCluster

from spotantic_nb import (
    AccountsUnreachableError,
    AuthSettings,
    ConfigurationError,
    InvalidGrantError,
    NotLoggedInError,
    Session,
    TokenExpiredError,
)
from spotantic_nb._portal import portal
from spotantic_nb.auth import _base
from spotantic_nb.handover import _lent
from spotantic_nb.sandbox import Sandbox, ScriptedUser
from spotantic_nb.session import _clusters

LONG = bool(os.environ.get("SOAK"))
WORKERS, TASKS, FIRST_TOKEN = (4, 2000, 12) if LONG else (2, 120, 2)
"""Worker processes, tasks across an event, and the seconds for which the first token is handed out."""

Planted = tuple[Session, list[str]]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """The cluster of this module: each test has a login of its own on it."""
    with LocalCluster(
        n_workers=WORKERS,
        threads_per_worker=2,
        dashboard_address="127.0.0.1:0",
        local_directory=str(tmp_path_factory.mktemp("workers")),
        memory_limit=0,
    ) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: LocalCluster) -> Iterator[Client]:
    with Client(cluster) as client:
        client.wait_for_workers(WORKERS, timeout=PATIENCE)
        yield client


@pytest.fixture
def _no_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a refusal renew a token that was obtained just now."""
    monkeypatch.setattr(_base, "_CALM", 0.0)


@pytest.fixture
def _asked_again_soon(client: Client) -> Iterator[None]:
    """Have workers ask again soon after an answer without a token."""
    with changed(client, "_AGAIN", 0.5):
        yield


@contextlib.contextmanager
def changed(client: Client, name: str, value: float) -> Iterator[None]:
    """Change a number of seconds on the workers for a while."""
    before = getattr(_lent, name)
    client.run(setattr, _lent, name, value)
    yield
    client.run(setattr, _lent, name, before)


def questions(client: Client) -> int:
    return sum(len(events) for topic, events in client.get_events().items() if "spotantic" in str(topic))


def refused(sandbox: Sandbox) -> int:
    return sum(seen.path == "/v1/me" and seen.status == 401 for seen in sandbox.requests)


def log_in(session: Session, person: str = "ada", flow: str = "pkce") -> None:
    login = session.login(flow, wait=False, switch_user=True)  # type: ignore[arg-type]
    assert login is not None
    ScriptedUser(person).follow(login.url)
    session.wait_for(login)


class TestTasks:
    def test_use_any_client_with_what_they_are_given(self, session: Session, client: Client) -> None:
        auth = session.dask(client)
        assert client.submit(ask_by_each_package, auth).result(PATIENCE) == [200, 200, 200]
        assert client.submit(ask_asynchronously, auth).result(PATIENCE) == 200
        assert ask(0, auth) == 200  # and so does the notebook

    def test_are_given_no_secret(self, session: Session, client: Client) -> None:
        token, auth = str(session.credential().token()), session.dask(client)
        data = pickle.dumps(auth)
        assert (token in repr(auth), token.encode() in data) == (False, False)
        assert repr(auth) == f"<LentLogin for {session.api_url}>"

    def test_say_what_to_do_where_the_login_was_not_lent(self, session: Session, client: Client) -> None:
        error = client.submit(ask, 0, session.httpx_auth()).exception(timeout=PATIENCE)
        assert isinstance(error, NotLoggedInError | AttributeError)


class TestOneRefreshAndNoFailure:
    def test_across_the_end_of_a_token(self, session: Session, sandbox: Sandbox, client: Client) -> None:
        sandbox.knobs.access_lifetime = 60 + FIRST_TOKEN
        session.refresh()
        before, seen = refreshes(sandbox), refused(sandbox)
        auth = session.dask(client)
        sandbox.knobs.access_lifetime = 3600

        def let_the_first_token_end() -> bool:
            # Some calls after the refresh: by itself, it ends a tenth of its time later, when every worker has another.
            calls = [seen.path for seen in sandbox.requests][::-1].index("/api/token")
            if is_over := refreshes(sandbox) > before and calls > 20 * WORKERS:
                sandbox.advance(60 + FIRST_TOKEN)
            return is_over

        seconds = 0.05 if LONG else 4 * FIRST_TOKEN * WORKERS / TASKS
        found = ask_meanwhile(client, auth, TASKS, seconds=seconds, act=let_the_first_token_end)
        assert (found, refreshes(sandbox) - before, refused(sandbox) - seen) == ({200: TASKS}, 1, 0)

    def test_across_a_refusal(self, session: Session, sandbox: Sandbox, client: Client) -> None:
        auth = session.dask(client)

        def let_it_be_refused() -> bool:
            sandbox.advance(3601)
            return True

        found = ask_meanwhile(client, auth, TASKS, seconds=0.02, act=let_it_be_refused)
        assert (found, refreshes(sandbox)) == ({200: TASKS}, 1)
        assert refused(sandbox) > 0

    def test_across_a_refusal_and_the_death_of_a_worker(
        self, session: Session, sandbox: Sandbox, client: Client
    ) -> None:
        auth = session.dask(client)
        victim = next(iter(processes(client).values()))

        def let_both_happen() -> bool:
            os.kill(victim, signal.SIGKILL)
            sandbox.advance(3601)
            return True

        found = ask_meanwhile(client, auth, TASKS, seconds=0.02, act=let_both_happen)
        assert (found, refreshes(sandbox)) == ({200: TASKS}, 1)
        client.wait_for_workers(WORKERS, timeout=PATIENCE)
        assert victim not in processes(client).values()
        assert outcomes(client, auth, 20) == {200: 20}

    def test_by_a_refusal_that_lasts(self, session: Session, sandbox: Sandbox, client: Client) -> None:
        auth = session.dask(client)
        sandbox.knobs.api_fault = "401"
        before = questions(client)
        assert outcomes(client, auth, 50) == {401: 50}
        assert refreshes(sandbox) <= 1
        assert questions(client) - before <= 3 * WORKERS


class TestWorkers:
    def test_that_come_late_have_the_newest_token(
        self, session: Session, sandbox: Sandbox, client: Client, cluster: LocalCluster
    ) -> None:
        auth = session.dask(client)
        sandbox.advance(3601)
        assert outcomes(client, auth, 4) == {200: 4}
        before, asked = set(processes(client)), questions(client)
        cluster.scale(WORKERS + 1)
        client.wait_for_workers(WORKERS + 1, timeout=PATIENCE)
        [late] = set(processes(client)) - before
        assert outcomes(client, auth, 4, workers=[late]) == {200: 4}
        assert (refreshes(sandbox), questions(client)) == (1, asked)
        cluster.scale(WORKERS)

    @pytest.mark.usefixtures("_no_calm")
    def test_that_hang_keep_no_other_from_its_next_tokens(
        self, session: Session, sandbox: Sandbox, client: Client
    ) -> None:
        auth = session.dask(client)
        (_, stopped), (other, _), *_ = processes(client).items()
        os.kill(stopped, signal.SIGSTOP)
        try:
            for _ in range(2):
                sandbox.advance(3601)
                began = time.monotonic()
                assert outcomes(client, auth, 4, workers=[other]) == {200: 4}
                measured("the others were served after", began)
        finally:
            os.kill(stopped, signal.SIGCONT)
        assert outcomes(client, auth, 20) == {200: 20}
        assert refreshes(sandbox) == 2

    def test_that_cannot_take_the_login_are_told_of(self, session: Session, client: Client) -> None:
        client.run(_hide, "spotantic_nb.handover._dask")
        try:
            with pytest.raises(ConfigurationError, match=r"A worker could not .* Install .* on every worker") as caught:
                session.dask(client)
        finally:
            client.run(_show, "spotantic_nb.handover._dask")
        shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        assert session.token().access_token.get_secret_value() not in "".join(shown.format())
        assert outcomes(client, session.dask(client), 4) == {200: 4}


def _hide(module: str) -> None:
    sys.modules[f"{module} hidden"] = sys.modules.pop(module, None)  # type: ignore[assignment]
    sys.modules[module] = None  # type: ignore[assignment]


def _show(module: str) -> None:
    del sys.modules[module]
    if (shown := sys.modules.pop(f"{module} hidden")) is not None:
        sys.modules[module] = shown


class TestTheEndOfALogin:
    def test_that_was_withdrawn_is_a_typed_error_in_all_tasks_and_one_request(
        self, session: Session, sandbox: Sandbox, client: Client
    ) -> None:
        auth = session.dask(client)
        outcomes(client, auth, 4)
        sandbox.revoke_consent("ada")
        sandbox.advance(3601)
        began = time.monotonic()
        assert outcomes(client, auth, 40) == {InvalidGrantError: 40}
        measured("all tasks were told after", began)
        assert refreshes(sandbox) == 1

    def test_by_a_log_out_reaches_the_workers_and_a_new_login_too(
        self, session: Session, client: Client, cluster: LocalCluster
    ) -> None:
        auth = session.dask(client)
        session.logout()
        wait_until(lambda: outcomes(client, auth, 2 * WORKERS) == {NotLoggedInError: 2 * WORKERS})
        wait_until(lambda: not [name for name in cluster.scheduler.worker_plugins if auth.credential().key in name])
        log_in(session)
        wait_until(lambda: outcomes(client, auth, 2 * WORKERS) == {200: 2 * WORKERS})

    def test_by_another_person_is_not_used_for_what_was_lent(self, session: Session, client: Client) -> None:
        auth = session.dask(client)
        log_in(session, "grace")
        wait_until(lambda: outcomes(client, auth, 2 * WORKERS) == {NotLoggedInError: 2 * WORKERS})
        assert outcomes(client, session.dask(client), 4) == {200: 4}

    @pytest.mark.usefixtures("_asked_again_soon")
    def test_for_a_while_is_told_as_it_is(self, session: Session, sandbox: Sandbox, client: Client) -> None:
        auth = session.dask(client)
        sandbox.knobs.token_fault = "503_text"
        sandbox.advance(3601)
        assert outcomes(client, auth, 4) == {AccountsUnreachableError: 4}
        sandbox.knobs.token_fault = None
        wait_until(lambda: outcomes(client, auth, 4) == {200: 4})


class TestTheNotebook:
    def test_lends_once_to_a_client_however_often_it_is_told_to(
        self, session: Session, sandbox: Sandbox, client: Client
    ) -> None:
        auths = [session.dask(client) for _ in range(3)]
        assert len([place for place in _clusters._serving if place[0] == client.id]) == 1
        wait_until(lambda: len(session._observers._observers) == 1)
        sandbox.advance(3601)
        assert [outcomes(client, auth, 4) for auth in auths] == [{200: 4}] * 3
        assert refreshes(sandbox) == 1

    def test_stops_when_the_client_is_closed(self, session: Session, cluster: LocalCluster) -> None:
        with Client(cluster) as client:
            session.dask(client)
            [place] = [place for place in _clusters._serving if place[0] == client.id]
        portal.call(session._observers.notify)  # as each change does
        wait_until(lambda: place not in _clusters._serving)
        assert session._observers._observers == []

    @pytest.mark.parametrize(
        ("address", "is_refused"),
        [
            ("tcp://10.0.0.5:8786", True),
            ("tcp://[2001:db8::1]:8786", True),
            ("tcp://scheduler.example.org:8786", True),
            ("ws://10.0.0.5:8786", True),
            ("tcp://127.0.0.1:8786", False),
            ("tcp://[::1]:8786", False),
            ("tcp://localhost:8786", False),
            ("tls://10.0.0.5:8786", False),
            ("wss://scheduler.example.org", False),
            ("inproc://10.0.0.5/123/1", False),
        ],
    )
    def test_lends_over_no_network_in_plain_unless_told_to(
        self, session: Session, client: Client, monkeypatch: pytest.MonkeyPatch, address: str, *, is_refused: bool
    ) -> None:
        monkeypatch.setattr(client, "scheduler_info", lambda: {"address": address})
        if is_refused:
            with pytest.raises(ConfigurationError, match=r"without encryption.*unencrypted=True"):
                session.dask(client)
        assert outcomes(client, session.dask(client, unencrypted=is_refused), 1) == {200: 1}

    async def test_refuses_a_client_that_does_not_block(self, session: Session, cluster: LocalCluster) -> None:
        async with Client(cluster.scheduler_address, asynchronous=True) as client:
            with pytest.raises(ConfigurationError, match="This Dask client is asynchronous"):
                session.dask(client)

    def test_refuses_a_client_that_is_closed(self, session: Session, cluster: LocalCluster) -> None:
        with Client(cluster) as client:
            pass
        with pytest.raises(ConfigurationError, match="This Dask client is closed"):
            session.dask(client)


def test_the_sandbox_program_serves_notebook_and_workers_by_the_lines_that_it_prints(
    project: Path, port: int, client: Client
) -> None:
    command = [sys.executable, "-m", "spotantic_nb.sandbox", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        settings = [program.stdout.readline() for _ in range(6)][2:]
        redirect_uri = f"SPOTANTIC_AUTH_REDIRECT_URI=http://127.0.0.1:{port}/callback\n"
        (project / ".env").write_text("".join([*settings, redirect_uri]))
        session = Session()
        log_in(session)
        assert outcomes(client, session.dask(client), 4) == {200: 4}
        program.terminate()


class TestSecrets:
    """What a login of the flow ``code`` has: a refresh token, the id and secret of the app, and the access token."""

    @pytest.fixture
    def planted(self, sandbox: Sandbox, port: int) -> Planted:
        """A session, and its secrets: all but the last for no worker to know."""
        app = {"client_id": secrets.token_hex(16), "client_secret": secrets.token_hex(16)}
        sandbox.register_app(**app, redirect_uris=["http://127.0.0.1/callback"])
        services = {"accounts_url": sandbox.accounts_url, "api_url": sandbox.api_url}
        redirect_uri = f"http://127.0.0.1:{port}/callback"
        session = Session(AuthSettings(_env_file=None, **app, **services, redirect_uri=redirect_uri))
        log_in(session, flow="code")
        token = session.token()
        assert token.refresh_token is not None
        return session, [*app.values(), token.refresh_token.get_secret_value(), token.access_token.get_secret_value()]

    @pytest.mark.usefixtures("_asked_again_soon")
    def test_workers_know_the_access_token_alone_whatever_has_happened(
        self, planted: Planted, sandbox: Sandbox, client: Client
    ) -> None:
        session, known = planted
        auth = session.dask(client)
        assert outcomes(client, auth, 4) == {200: 4}
        sandbox.knobs.token_fault = "503_text"
        sandbox.advance(3601)
        assert outcomes(client, auth, 4) == {AccountsUnreachableError: 4}
        sandbox.knobs.token_fault = None
        wait_until(lambda: outcomes(client, auth, 4) == {200: 4})
        lent = str(session.credential().token())
        for process in processes(client).values():
            assert found_in_memory(process, [*known, lent]) - {known[-1]} == {lent}

    def test_no_token_is_in_what_dask_keeps_of_tasks_and_tells_of_itself(
        self,
        planted: Planted,
        sandbox: Sandbox,
        client: Client,
        cluster: LocalCluster,
        tmp_path: Path,
    ) -> None:
        session, known = planted
        auth = session.dask(client)
        asked = client.map(ask, range(4), auth=auth, pure=False)
        client.gather(asked)
        graph = [pickle.dumps(task.run_spec) for task in cluster.scheduler.tasks.values()]
        reply = client.submit(ask_for_the_reply, auth).result(PATIENCE)
        sandbox.advance(3601)
        assert outcomes(client, auth, 4) == {200: 4}
        client.dump_cluster_state(str(tmp_path / "dump"), format="yaml")
        folders = client.run(lambda dask_worker: dask_worker.local_directory).values()
        told = [
            *graph,
            pickle.dumps(reply),
            (tmp_path / "dump.yaml").read_bytes(),
            repr([client.get_events(), client.get_worker_logs(), client.get_scheduler_logs()]).encode(),
            repr(client.run(plugins)).encode(),
            *(path.read_bytes() for folder in folders for path in Path(folder).parent.rglob("*") if path.is_file()),
        ]
        assert graph
        assert b"LoanPlugin" in b"".join(told)
        for secret in [*known, str(session.credential().token())]:
            assert secret.encode() not in b"".join(told)


class TestAKernelThatIsKilled:
    """Dask drops its tasks, but for those that were told to outlive it."""

    @pytest.fixture(autouse=True)
    def _short_patience(self, client: Client) -> Iterator[None]:
        with changed(client, "_PATIENCE", _lent._PATIENCE if LONG else 1.0):
            yield

    def test_leaves_its_token_and_then_a_typed_error_until_the_same_line_is_run_again(
        self, spotify_project: Path, sandbox: Sandbox, client: Client, cluster: LocalCluster
    ) -> None:
        told: queue.Queue[str] = queue.Queue()
        client.subscribe_topic("outcomes", lambda event: told.put(event[1]))
        sandbox.knobs.access_lifetime = 75 if LONG else 3600
        kernel, began = notebook(cluster.scheduler_address, "outcomes", "begin"), time.monotonic()
        assert told.get(timeout=PATIENCE) == "200"
        kernel.kill()
        kernel.wait()
        sandbox.knobs.access_lifetime = 3600
        if not LONG:
            sandbox.advance(3601)
        assert told.get(timeout=3 * PATIENCE) == TokenExpiredError.__name__
        measured("a token that the notebook lent, and did not renew, was over after", began)
        kernel = notebook(cluster.scheduler_address, "outcomes")
        assert told.get(timeout=PATIENCE) == "200"
        kernel.kill()
        kernel.wait()


def notebook(*arguments: str) -> "subprocess.Popen[str]":
    """Begin a notebook that lends its login, and wait until it has."""
    program = Path(__file__).with_name("lend_and_wait.py")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen([sys.executable, program, *arguments], env=environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "lent\n"
    process.stdout.close()
    return process


def measured(what: str, began: float) -> None:
    """Note a time, which ``nox -s cluster`` shows."""
    sys.stdout.write(f"{what} {time.monotonic() - began:.2f} s\n")


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
