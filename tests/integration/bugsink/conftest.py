"""A real error tracker for the tests: Bugsink, installed once into a cache, started for a session on a free port.

Bugsink pins many of its dependencies, so it lives in a virtual environment of its own, under the folder that
ERRORTRACK_TEST_CACHE names, or else the platform's cache. Its database is made once and copied for each session.
Where the package cannot be had the tests are skipped with pip's own words.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from tool_cache import cache_folder, install_into, python_of

VERSION = "2.6.1"

SETTINGS = """\
from bugsink.settings.default import *

SECRET_KEY = "a throw-away instance that nobody but this machine can reach"
DATABASES["default"]["NAME"] = {folder!r} + "/db.sqlite3"
DATABASES["snappea"]["NAME"] = {folder!r} + "/snappea.sqlite3"
SNAPPEA = {{"TASK_ALWAYS_EAGER": True}}  # an event is stored before its request is answered
ALLOWED_HOSTS = ["127.0.0.1"]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
BUGSINK = {{
    "BASE_URL": "http://127.0.0.1:{port}",
    "SINGLE_USER": True,
    "SINGLE_TEAM": True,
    "USER_REGISTRATION": "CB_NOBODY",
    "VALIDATE_ON_DIGEST": "warn",  # "strict" answers 200 to an invalid event and drops it
    "INGEST_STORE_BASE_DIR": {folder!r} + "/ingestion",
    "PHONEHOME": False,
}}
"""

PROJECT = """
import json
from bsmain.models import AuthToken
from django.contrib.auth import get_user_model
from projects.models import Project, ProjectMembership, ProjectRole
from teams.models import Team

owner = get_user_model().objects.get()
project = Project.objects.create(name="tests", slug="tests", team=Team.objects.create(name="tests"))
ProjectMembership.objects.create(project=project, user=owner, role=ProjectRole.ADMIN, accepted=True)
print(json.dumps({"dsn": project.dsn, "token": AuthToken.create_full_access().token, "id": project.id}))
"""


@dataclass(slots=True)
class Bugsink:
    """A running server: where to send to, and what it has stored."""

    url: str
    dsn: str
    token: str
    project: int
    log_file: Path
    process: subprocess.Popen[bytes]

    def stored_events(self):
        """Return the payload of every event that was accepted and stored."""
        issues = self._all(f"/issues/?project={self.project}")
        rows = [row for issue in issues for row in self._all(f"/events/?issue={issue['id']}")]
        payloads = [self._get(f"/events/{row['id']}/")["data"] for row in rows]
        return [json.loads(payload) if isinstance(payload, str) else payload for payload in payloads]

    def log(self):
        """Return what the server said."""
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def stop(self):
        """End the server, and wait until its port refuses connections."""
        self.process.terminate()
        self.process.wait(timeout=30)

    def _all(self, path):
        page = self._get(path)
        rows = page["results"]
        while page.get("next"):
            page = self._get(page["next"].partition("/api/canonical/0")[2])
            rows += page["results"]
        return rows

    def _get(self, path):
        headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.url}/api/canonical/0{path}", headers=headers)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - loopback
            return json.load(response)


@pytest.fixture(scope="session")
def bugsink_installation():
    """Return a folder with `venv` and `template`, an empty database; made when it is not in the cache yet."""
    folder = cache_folder() / f"bugsink-{VERSION}-{sys.implementation.cache_tag}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        install_into(folder / "venv", f"bugsink=={VERSION}")
        _create_database(folder / "template", folder / "venv")
        (folder / "complete").touch()
    return folder


@pytest.fixture
def bugsink(bugsink_installation, tmp_path):
    """Start a server with an empty project, and stop it after the test unless the test did."""
    folder = tmp_path / "bugsink"
    environment = bugsink_installation / "venv"
    shutil.copytree(bugsink_installation / "template", folder)
    port = _free_port()
    _write_settings(folder, port=port)
    project = json.loads(_manage(folder, environment, "shell", "-v", "0", "-c", PROJECT).splitlines()[-1])
    log_file = folder / "server.log"
    gunicorn = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "4"]
    gunicorn += ["--graceful-timeout", "1", "--no-control-socket", "bugsink.wsgi"]  # idle connections end at once
    with log_file.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - the server under the tests' own control
            [python_of(environment), *gunicorn],
            **_surroundings(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    server = Bugsink(f"http://127.0.0.1:{port}", project["dsn"], project["token"], project["id"], log_file, process)
    try:
        _wait_until_ready(server)
        yield server
    finally:
        server.stop()


def _create_database(folder, environment):
    folder.mkdir()
    _write_settings(folder, port=0)
    _manage(folder, environment, "migrate")
    _manage(folder, environment, "migrate", "--database=snappea", "snappea")
    _manage(folder, environment, "prestart", CREATE_SUPERUSER="owner@example.org:only-for-tests")


def _write_settings(folder, *, port):
    (folder / "bugsink_conf.py").write_text(SETTINGS.format(folder=str(folder), port=port), encoding="utf-8")


def _manage(folder, environment, *arguments, **variables):
    script = Path(python_of(environment)).with_name("bugsink-manage")
    surroundings = _surroundings(folder)
    surroundings["env"].update(variables)
    result = subprocess.run(  # noqa: S603 - the server's own command
        [python_of(environment), script, *arguments],
        **surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, f"bugsink-manage {arguments[0]} failed:\n{result.stdout}{result.stderr}"
    return result.stdout


def _surroundings(folder):
    ours = ("SENTRY_", "ERRORTRACK_", "PYTHON", "DJANGO_")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {"cwd": folder, "env": inherited | {"DJANGO_SETTINGS_MODULE": "bugsink_conf", "PYTHONPATH": str(folder)}}


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_until_ready(server, *, timeout=60.0):
    """Ask until the server answers; only its own port can say when that is."""
    deadline = time.monotonic() + timeout
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{server.url}/health/ready", timeout=2):  # noqa: S310 - loopback
                return
        except OSError:
            time.sleep(0.1)  # between two questions to another process; there is nothing to wait on
    pytest.fail(f"Bugsink did not come up:\n{server.log()}")
