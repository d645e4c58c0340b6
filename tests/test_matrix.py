"""The matrix of kernels, as far as it can be tried without building one."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]


def test_a_cell_whose_environment_is_kept_runs_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    spec = importlib.util.spec_from_file_location("noxfile", ROOT / "noxfile.py")
    assert spec is not None
    assert spec.loader is not None
    noxfile = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(noxfile)
    session = SimpleNamespace(virtualenv=SimpleNamespace(location=str(tmp_path)))
    noxfile._away_from_the_source(session)
    (tmp_path / "tests-alone" / "report.xml").touch()
    assert not (noxfile._away_from_the_source(session) / "report.xml").exists()
