"""
A program that forks a kernel for each line it reads, and prints its process id.

A line is a JSON object: the connection ``file``, the ``folder`` to start in, and the ``environ``. Most of the time that
a kernel takes to start goes into imports, which are shared this way, as are the large packages that a login imports;
all else is as ``python -m ipykernel_launcher`` does.
"""

import json
import os
import signal
import sys

del sys.path[0]  # the folder of this file, which no kernel has

import httpx  # noqa: E402, F401
import ipykernel.ipkernel  # noqa: E402
import ipykernel.kernelapp  # noqa: E402
import pydantic_settings  # noqa: E402, F401


def main() -> None:
    """Fork one kernel after the other, until there is nothing more to read."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system takes care of those that end
    for line in sys.stdin:
        order = json.loads(line)
        kernel = os.fork()
        if kernel == 0:
            become_kernel(**order)
        sys.stdout.write(f"{kernel}\n")
        sys.stdout.flush()


def become_kernel(*, file: str, folder: str, environ: dict[str, str]) -> None:
    """Be a kernel from now on, and to the end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.clear()
    os.environ.update(environ)
    sys.path[:0] = filter(None, environ.get("PYTHONPATH", "").split(os.pathsep))  # Python reads it when it starts
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what we printed to belongs to those who order kernels
    sys.argv = ["ipykernel_launcher.py", "-f", file]
    ipykernel.kernelapp.launch_new_instance()
    sys.exit()


if __name__ == "__main__":
    main()
