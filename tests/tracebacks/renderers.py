"""What shows an error to a person or writes it down, with local variables wherever it can."""

import contextlib
import io
import json
import subprocess
import sys
import tempfile
import traceback
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import cache
from pathlib import Path

import rich.console
import rich.traceback
import structlog
from IPython.core.interactiveshell import InteractiveShell
from loguru import logger
from traitlets.config import Config

Renderer = Callable[[BaseException], str]


def with_traceback(error: BaseException) -> str:
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


def with_rich(error: BaseException) -> str:
    shown = rich.traceback.Traceback.from_exception(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_length=None,  # type: ignore[arg-type] - rich's word for no limit
        locals_max_string=None,  # type: ignore[arg-type]
        locals_hide_dunder=False,
        extra_lines=0,  # of the source, which takes long to colour
        max_frames=0,
        width=2000,
    )
    console = rich.console.Console(file=io.StringIO(), width=2000)
    console.print(shown)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def with_structlog(error: BaseException) -> str:
    transform = structlog.tracebacks.ExceptionDictTransformer(
        show_locals=True, locals_max_length=10**6, locals_max_string=10**6, max_frames=10**3, use_rich=True
    )
    render = structlog.processors.ExceptionRenderer(transform)
    return json.dumps(render(None, "error", {"exc_info": error}))


def with_loguru(error: BaseException) -> str:
    written = io.StringIO()
    handler = logger.add(written, diagnose=True, backtrace=True, colorize=False, format="{message}")
    try:
        logger.opt(exception=error).error("It failed.")
    finally:
        logger.remove(handler)
    return written.getvalue()


@cache
def _shell() -> InteractiveShell:
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    shell.restore_sys_module_state()
    return shell


def with_xmode(mode: str) -> Renderer:
    def run(error: BaseException) -> str:
        shell = _shell()
        shell.user_ns["error"] = error
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
            shell.run_cell(f"%xmode {mode}")
            shell.run_cell("raise error")
        return out.getvalue()

    return run


RENDERERS: dict[str, Renderer] = {
    "traceback": with_traceback,
    "rich": with_rich,
    "structlog": with_structlog,
    "loguru": with_loguru,
    **{f"xmode {mode}": with_xmode(mode) for mode in ("Verbose", "Context", "Plain", "Minimal")},
}

SHOW_LOCALS = ("traceback", "rich", "structlog", "loguru", "xmode Verbose")


def behind_others(error: BaseException) -> BaseException:
    """Return an error that was raised from another one, which came up where this one was being handled."""
    first = _raised(KeyError("a cache"))
    first.__context__ = error
    second = RuntimeError("my job failed")
    second.__cause__ = first
    return _raised(second)


def _raised(error: BaseException) -> BaseException:
    try:
        raise error
    except (KeyError, RuntimeError):
        return error


def shown_by_pytest() -> dict[str, str]:
    """Run the failures as tests of pytest with ``--showlocals``, and return what it says of each."""
    file = Path(__file__).with_name("failing_tests.py")
    command = ["pytest", "-n0", "-p", "no:cacheprovider", "--showlocals", "--tb=long", "-vv"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command += [f"--basetemp={folder}/pytest", f"--junitxml={report}", str(file)]
        subprocess.run([sys.executable, "-m", *command], cwd=file.parent, capture_output=True, check=False)
        cases = ET.parse(report).getroot().iter("testcase")
    return {
        str(case.get("name")).partition("[")[2].removesuffix("]"): "".join(failure.itertext())
        for case in cases
        for failure in case.iter("failure")
    }
