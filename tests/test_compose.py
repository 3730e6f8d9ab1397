"""What runs in containers is checked as far as that goes without an engine: schema, linter, and what they start."""

import hashlib
import re
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dev.secrets import USERS, make
from settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"
PROGRAMS = Path(sys.executable).parent
# Services that do one thing and end.
JOBS = {"temporal-schema", "temporal-namespace"}

compose: dict[str, Any] = YAML(typ="safe").load(COMPOSE)  # pyright: ignore[reportUnknownMemberType]
services: dict[str, dict[str, Any]] = compose["services"]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command that must succeed; what it printed."""
    done = subprocess.run(command, cwd=cwd, env={}, capture_output=True, text=True, check=False)  # noqa: S603 our own
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copied() -> Iterator[str]:
    """What the Dockerfile takes from this folder."""
    for sources in re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE.read_text(), re.MULTILINE):
        yield from (source.rstrip("/") for source in sources.split())


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """The secrets that `make secrets` writes."""
    make(tmp_path / "secrets")
    return tmp_path / "secrets"


def test_the_compose_file_has_the_official_form() -> None:
    """The Compose Specification's own schema accepts it."""
    run(PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


def test_the_dockerfile_passes_its_linter() -> None:
    """Hadolint has nothing to say, not even by the way."""
    run(PROGRAMS / "hadolint", "--failure-threshold", "style", DOCKERFILE)


def test_every_image_is_pinned() -> None:
    """Tomorrow's start brings today's versions."""
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    for image in (*bases, *(service["image"] for service in services.values())):
        assert re.search(r":\d+\.\d+[\w.-]*$", image), image


def test_every_service_says_whether_it_is_well() -> None:
    """Only then can others wait for it; the worker's image has its check built in."""
    checked = {name for name, service in services.items() if "healthcheck" in service}
    assert checked | JOBS | {"worker"} == set(services)
    assert "\nHEALTHCHECK " in DOCKERFILE.read_text()


def test_nobody_starts_before_what_it_needs_is_ready() -> None:
    """A job must have ended well, anything else must be healthy."""
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            condition = "service_completed_successfully" if needed in JOBS else "service_healthy"
            assert how["condition"] == condition, (name, needed)


def test_ports_are_open_to_this_machine_alone() -> None:
    """Temporal has no login here."""
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service.get("ports", ()))


def test_no_password_stands_in_the_compose_file() -> None:
    """Environments name files; whoever can list containers reads environments."""
    for service in services.values():
        names = [name for name in service.get("environment", {}) if re.search("PASS|PWD|KEY|TOKEN", name)]
        assert all(name.endswith(("_FILE", "_PATH")) for name in names), names


def test_make_secrets_writes_every_secret_that_is_used(secrets: Path) -> None:
    """Every file is there, and readable for the user of the container."""
    mounted = [volume.split(":")[0] for volume in services["mail"]["volumes"] if volume.startswith("./secrets/")]
    for file in (*mounted, *(secret["file"] for secret in compose["secrets"].values())):
        assert (secrets.parent / file).stat().st_mode & 0o004, file
    assert {name for service in services.values() for name in service.get("secrets", ())} == set(compose["secrets"])
    assert secrets.stat().st_mode & 0o777 == 0o700


def test_secrets_are_kept(secrets: Path) -> None:
    """A second `make secrets` locks nobody out."""
    before = {file.name: file.read_bytes() for file in secrets.iterdir()}
    make(secrets)
    assert {file.name: file.read_bytes() for file in secrets.iterdir()} == before


def test_the_mail_server_knows_the_passwords(secrets: Path) -> None:
    """SSHA512: the digest of password and salt, then the salt."""
    accounts = dict(line.split("|{SSHA512}") for line in (secrets / "postfix-accounts.cf").read_text().splitlines())
    for user in USERS:
        stored = b64decode(accounts[f"{user}@lab.test"])
        password = (secrets / f"{user}-password").read_bytes()
        assert hashlib.sha512(password + stored[64:]).digest() == stored[:64]


def test_the_worker_understands_its_environment(secrets: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variables of the compose file are settings, and its secrets are where they say."""
    worker = services["worker"]
    for name, value in worker["environment"].items():
        path = re.fullmatch(r"/run/secrets/(.+)", value)
        assert not path or path[1] in worker["secrets"]
        file = Path(compose["secrets"][path[1]]["file"]).name if path else ""
        monkeypatch.setenv(name, str(secrets / file) if path else value)
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path / "none.toml"))
    settings = Settings.load()
    soc = settings.accounts["soc"]
    assert soc.smtp
    assert soc.smtp.password.get_secret_value() == (secrets / "soc-password").read_text()
    assert settings.policy.allowed_recipient_domains == ("lab.test",)


def test_the_worker_may_do_nothing_but_its_work() -> None:
    """No root, no writing outside its volumes, no capability."""
    worker = services["worker"]
    assert (worker["read_only"], worker["cap_drop"]) == (True, ["ALL"])
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", DOCKERFILE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("program", ["worker", "health", "replay"])
def test_the_image_holds_all_that_its_programs_import(tmp_path: Path, program: str) -> None:
    """What the Dockerfile copies is enough, and the build may see it."""
    sources = [source for source in copied() if source != "requirements-runtime.lock"]
    for source in sources:
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / source)
    run(sys.executable, "-B", "-c", f"import {program}", cwd=tmp_path)
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{source}" for source in (*sources, "requirements-runtime.lock")} <= set(allowed)


def test_the_image_has_the_versions_that_are_tested() -> None:
    """The short lock is a part of the long one, hashes included."""
    long, short = (
        dict(re.findall(r"^(\S+==\S+?)(?: ;[^\\]*)? \\\n((?:    --hash=\S+(?: \\)?\n)+)", text, re.MULTILINE))
        for text in ((ROOT / f"{name}.lock").read_text() for name in ("requirements", "requirements-runtime"))
    )
    assert short
    assert short.items() <= long.items()
