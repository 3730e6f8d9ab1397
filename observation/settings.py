"""The settings by which a worker is observed: figures, traces, log, health."""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import SettingsConfigDict

from configuration import Configuration
from mail.account import Part

_LARGEST_PORT = 65535


def address_of(endpoint: str) -> tuple[str, int]:
    """IP address and port of an endpoint; ValueError where it is none."""
    host, _, port = endpoint.rpartition(":")
    # Temporal's SDK takes no names, and IPv6 in brackets only.
    address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    if (address.version == 6) != host.startswith("[") or int(port) > _LARGEST_PORT:  # noqa: PLR2004 it is called so
        raise ValueError(endpoint)
    return str(address), int(port)


def _checked_endpoint(endpoint: str) -> str:
    try:
        if endpoint:
            address_of(endpoint)
    except ValueError:
        raise ValueError(f"{endpoint!r} is no IP address and port such as 127.0.0.1:9464 or [::]:9464") from None
    return endpoint


def _lower(word: object) -> object:
    return word.lower() if isinstance(word, str) else word


Endpoint = Annotated[
    str, AfterValidator(_checked_endpoint), Field(description="IP address and port; empty = not served")
]


class Metrics(Part):
    """Where Prometheus fetches the figures: http://<listen>/metrics."""

    listen: Endpoint = ""


class Health(Part):
    """Where Kubernetes asks: http://<listen>/healthz and /readyz."""

    listen: Endpoint = ""


class Tracing(Part):
    """Where spans are sent to: an OTLP collector, by HTTP; empty = as OTEL_EXPORTER_OTLP_ENDPOINT says, if it does."""

    otlp_endpoint: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""


class Log(Part):
    """How the log is written, to standard error."""

    format: Annotated[Literal["text", "json"], BeforeValidator(_lower)] = "text"
    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"

    @classmethod
    def load(cls) -> "Log":
        """The part `[log]` of the settings alone, before the others are read; raises SettingsError."""
        return _OnlyLog.load().log


class _OnlyLog(Configuration):
    model_config = SettingsConfigDict(extra="ignore")

    log: Log = Log()
