"""The systemd unit is one that systemd takes, starts what is there, and lets it do little else.

That the worker runs inside it is for a machine to say on which systemd is the first process.
"""

import re
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from tests.servers import leave_out
from worker import SHUTDOWN

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "deploy" / "systemd" / "durable-mail-worker.service"
INSTALLED = "/opt/durable-mail"
# Of a hundred, by systemd's own count; a unit without any hardening has 96.
MOST_EXPOSURE = 20


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What systemd's own judge says."""
    judge = shutil.which("systemd-analyze") or leave_out("systemd-analyze is missing: Debian's package systemd has it")
    return subprocess.run([judge, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 our own file


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The unit for a project that lies here."""
    copy = tmp_path / UNIT.name
    text = UNIT.read_text().replace(f"{INSTALLED}/.venv/bin/python", sys.executable)
    copy.write_text(text.replace(INSTALLED, str(ROOT)))
    return copy


@pytest.fixture
def service() -> RawConfigParser:
    """What the unit says; where a key comes twice, what it says last."""
    unit = RawConfigParser(strict=False, comment_prefixes="#")
    unit.read(UNIT)
    return unit


def test_systemd_takes_the_unit(here: Path) -> None:
    """Every key is known, every program there; not a word of warning."""
    verdict = analyze("verify", "--man=no", here)
    assert (verdict.returncode, verdict.stdout + verdict.stderr) == (0, "")


def test_the_measure_finds_a_wrong_key(here: Path) -> None:
    """A typing error is a warning, and no more, to systemd."""
    here.write_text(here.read_text().replace("ProtectHome=", "ProtectHouse="))
    assert "ProtectHouse" in analyze("verify", "--man=no", here).stderr


def test_the_worker_is_little_exposed(here: Path) -> None:
    """By systemd's own count of what it could still do."""
    verdict = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSURE}", here)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_a_letter_in_hand_is_finished(service: RawConfigParser) -> None:
    """Systemd is more patient than the worker, and tells it alone."""
    assert int(service["Service"]["TimeoutStopSec"]) > SHUTDOWN.total_seconds() + 5
    assert service["Service"]["KillMode"] == "mixed"


def test_secrets_are_where_the_settings_are_told(service: RawConfigParser) -> None:
    """The example of a path is one that systemd makes: the credential's name, then the file's."""
    named = re.findall(r'password_file = "(.+)"', UNIT.read_text())
    name, folder = service["Service"]["LoadCredential"].split(":")
    files = re.findall(rf"{folder}/(\S+)", UNIT.read_text())
    assert named == [f"/run/credentials/{UNIT.name}/{name}_{file}" for file in files]
