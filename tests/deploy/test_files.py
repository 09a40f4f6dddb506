"""The files in deploy/ fit the service: settings that exist, addresses that exist, units that systemd takes."""

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from flask import Flask

from assessment.settings import ROOT

DEPLOY = ROOT / "deploy"
OF_THE_CONFIGURATION = {"KLEI_BIND", "KLEI_THREADS", "KLEI_LOG_LEVEL", "WEB_CONCURRENCY"}
"""What gunicorn.conf.py reads beside the service's own settings."""


def known_settings() -> set[str]:
    return set(re.findall(r'"(KLEI_[A-Z_]+)"', (ROOT / "assessment" / "settings.py").read_text()))


def test_the_example_of_settings_names_settings_that_exist() -> None:
    named = set(re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "klei.env.example").read_text(), re.M))
    assert named <= known_settings() | OF_THE_CONFIGURATION
    assert {"KLEI_SECRET_KEY", "KLEI_DATABASE_URL", "KLEI_REDIS_URL", "KLEI_TRUSTED_PROXIES"} <= named


def test_the_manual_tells_of_every_setting() -> None:
    manual = (ROOT / "docs" / "operating.md").read_text()
    told = set(re.findall(r"`(KLEI_[A-Z_]+|WEB_CONCURRENCY)`", manual))
    assert told == known_settings() | OF_THE_CONFIGURATION


def test_the_compose_file_is_whole() -> None:
    compose: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    assert {"db", "redis", "prepare", "node1", "node2", "worker", "nginx"} == services.keys()
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= services.keys(), name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"], volume
    for name in ("node1", "node2", "worker", "prepare"):
        settings = services[name]["environment"]
        assert settings.keys() <= known_settings()
        assert "@db/" in settings["KLEI_DATABASE_URL"]
        assert "redis:6379" in settings["KLEI_REDIS_URL"]
        assert (ROOT / services[name]["build"]["dockerfile"]).is_file()


@pytest.mark.parametrize("file", ["deploy/Dockerfile", "docs/operating.md"])
def test_all_code_of_the_service_is_compiled_where_it_is_installed(file: str) -> None:
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    lines = re.findall(r"python -m compileall -q (.*)", (ROOT / file).read_text())
    assert lines
    for named in lines:
        assert set(named.split()) == {*ours, "wsgi.py"}


def test_the_addresses_in_the_files_exist(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    nginx = (DEPLOY / "nginx.conf").read_text()
    for address in re.findall(r"location = (\S+)", nginx):
        assert address in rules
    assert "http://127.0.0.1:8000/health" in (DEPLOY / "compose.yaml").read_text()
    (saving,) = re.findall(r"location ~ (\S+)", nginx)
    assert re.match(saving, "/api/sittings/00000000-0000-4000-8000-000000000000/tasks/memo")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units() -> None:
    units = [str(path) for path in sorted(DEPLOY.glob("*.service")) + sorted(DEPLOY.glob("*.timer"))]
    assert len(units) == 5
    told = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    # The programs are not at their place on this machine; everything else has to be in order.
    complaints = [line for line in told.stderr.splitlines() if "/srv/klei/" not in line]
    assert complaints == []
