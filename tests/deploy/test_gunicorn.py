"""gunicorn with the shipped configuration: it is taken, and it refuses tables of another release."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from gunicorn.config import Config

from assessment.settings import ROOT
from tests.conftest import SECRET

CONFIG = ROOT / "deploy" / "gunicorn.conf.py"
IMPORTED = ("gc", "os", "resource", "sys", "import_module", "Path", "Any")


@pytest.mark.parametrize(
    ("url", "workers", "threads"),
    [("sqlite:///klei.sqlite3", 2, 12), ("postgresql://klei@127.0.0.1/klei", 4, 12)],
)
def test_the_configuration_is_taken_and_fits_the_database(
    monkeypatch: pytest.MonkeyPatch, url: str, workers: int, threads: int
) -> None:  # robustness 30
    monkeypatch.setenv("KLEI_DATABASE_URL", url)
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    config = Config()
    for name, value in runpy.run_path(str(CONFIG)).items():
        if not name.startswith("_") and name not in IMPORTED:
            config.set(name, value)  # refuses names and values that gunicorn does not know
    assert (config.workers, config.threads, config.preload_app) == (workers, threads, False)
    assert config.control_socket_disable is True


def test_the_service_does_not_start_on_tables_of_another_release(tmp_path: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", str(CONFIG)],
        cwd=ROOT,
        env={**os.environ, "KLEI_SECRET_KEY": SECRET, "KLEI_DATA": str(tmp_path), "KLEI_BIND": "127.0.0.1:0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 3
    assert (
        refused.stderr.count("Klei does not start") == 1
    )  # before there are processes that could refuse at once
    assert "flask --app wsgi db upgrade" in refused.stderr
    assert "Traceback" not in refused.stderr
