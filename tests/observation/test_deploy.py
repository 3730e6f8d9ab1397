"""The dashboard and the alerts that operators are given: promtool accepts them, and every metric in them exists."""

import json
import re
import shutil
import subprocess
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import temporalio.bridge
from ruamel.yaml import YAML

from mail.metrics import METRICS
from tests.servers import leave_out

DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "dashboard.json"
# What Prometheus itself adds to a histogram's name.
PARTS = ("_bucket", "_sum", "_count")


@pytest.fixture
def promtool() -> str:
    """Prometheus's own checker, as Debian has it."""
    return shutil.which("promtool") or leave_out("promtool is missing: apt-get install prometheus")


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr


def alerts() -> dict[str, str]:
    """The expression of each alert."""
    loaded: Any = YAML(typ="safe").load(ALERTS)  # pyright: ignore[reportUnknownMemberType]
    return {rule["alert"]: rule["expr"] for group in loaded["groups"] for rule in group["rules"]}


def panels() -> dict[str, list[str]]:
    """The expressions of each panel, with what Grafana puts in for its variables."""
    shown = (panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row")
    return {
        panel["title"]: [target["expr"].replace("$__rate_interval", "5m") for target in panel["targets"]]
        for panel in shown
    }


def used() -> set[str]:
    """Every metric that a panel or an alert asks for."""
    expressions = [*alerts().values(), *(one for panel in panels().values() for one in panel)]
    names = {name for one in expressions for name in re.findall(r"\b(?:mail|temporal)_\w+", one)}
    return {re.sub(f"({'|'.join(PARTS)})$", "", name) for name in names}


def test_promtool_accepts_the_alerts(promtool: str) -> None:
    """Expressions, templates and durations."""
    run(promtool, "check", "rules", ALERTS, cwd=DEPLOY)


def test_the_alerts_ring_when_they_should(promtool: str) -> None:
    """Promtool plays figures to them, minute by minute."""
    run(promtool, "test", "rules", "alerts_test.yml", cwd=ALERTS.parent)


def test_every_alert_is_played() -> None:
    """None that has never rung."""
    played = (ALERTS.parent / "alerts_test.yml").read_text()
    assert [name for name in alerts() if name not in played] == []


def test_promtool_accepts_every_panel(promtool: str, tmp_path: Path) -> None:
    """As rules that record, for it reads those."""
    rules = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(chain(*panels().values()))]
    (tmp_path / "panels.json").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    run(promtool, "check", "rules", tmp_path / "panels.json", cwd=tmp_path)


def test_panels_and_alerts_ask_for_metrics_that_exist() -> None:
    """Ours are in the catalogue; the SDK's core knows its own by name."""
    core = b"".join(path.read_bytes() for path in Path(temporalio.bridge.__path__[0]).glob("temporal_sdk_bridge*"))
    exported = {one.name for one in METRICS}
    unknown = {name for name in used() - exported if not name.startswith("temporal_") or _plain(name) not in core}
    assert unknown == set()


def test_the_dashboard_shows_every_metric_of_ours() -> None:
    """What is measured can be looked at."""
    assert {one.name for one in METRICS} <= used()


def _plain(name: str) -> bytes:
    """The SDK's name without what its exporter puts before and behind it."""
    return re.sub("^temporal_|_total$|_seconds$", "", name).encode()
