"""What an operator may write, and how he hears of what cannot be."""

import socket
from pathlib import Path

import pytest
from starlette.applications import Starlette

from configuration import SettingsError
from observation.endpoint import serving
from observation.metrics import runtime_of
from observation.settings import Log, Metrics, address_of


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::1]:80", ("::1", 80)), ("0.0.0.0:0", ("0.0.0.0", 0))],  # noqa: S104
)
def test_an_endpoint_is_an_address_and_a_port(endpoint: str, address: tuple[str, int]) -> None:
    """As the SDK wants it."""
    assert address_of(Metrics(listen=endpoint).listen) == address


@pytest.mark.parametrize(
    "endpoint", ["localhost:9464", "9464", "127.0.0.1", "::1:9464", "127.0.0.1:70000", "[127.0.0.1]:1"]
)
def test_what_is_none_is_refused(endpoint: str) -> None:
    """With an example of what would do."""
    with pytest.raises(ValueError, match="is no IP address and port such as"):
        Metrics(listen=endpoint)


def test_the_log_is_set_up_before_anything_else_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From file and environment; the rest of the settings may still be wrong."""
    (tmp_path / "mail.toml").write_text('task_queue = 5\n[log]\nformat = "json"\n')
    monkeypatch.setenv("MAIL_CONFIG", str(tmp_path / "mail.toml"))
    monkeypatch.setenv("MAIL_LOG__LEVEL", "DEBUG")
    assert Log.load() == Log(format="json", level="debug")


async def test_a_port_that_is_taken_is_named() -> None:
    """By the setting that asks for it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SettingsError, match=f"health.listen {endpoint}: Address already in use"):
            async with serving(Starlette(), endpoint, "health.listen"):
                pass
        with pytest.raises(SettingsError, match=f"metrics.listen {endpoint}: .*in use"):
            runtime_of(Metrics(listen=endpoint))
