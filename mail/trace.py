"""Spans of what mail servers are asked, for those who trace (OpenTelemetry); without a tracer they cost nothing.

A span tells which command went to which server and how it ended, never its arguments: those are people's mail and
passwords.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import context, trace
from opentelemetry.trace import SpanKind, StatusCode

_tracer = trace.get_tracer("durable-mail")
_account: ContextVar[str] = ContextVar("account", default="")


def begin_work(account: str) -> None:
    """What this task does from now on, it does for this account."""
    _account.set(account)


def account_at_work() -> str:
    """The account that this task works for; empty where there is none."""
    return _account.get()


@contextmanager
def span(name: str, host: str = "") -> Generator[None, None, None]:
    """What is done in this block, or what this host is asked; an error is told by its type alone."""
    known = {"mail.account": account_at_work(), "server.address": host}
    attributes = {name: value for name, value in known.items() if value}
    with _tracer.start_as_current_span(
        name, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_status(StatusCode.ERROR, type(error).__name__)
            raise


@contextmanager
def beyond_traces() -> Generator[None, None, None]:
    """What begins in this block begins traces of its own, for it outlives the one under way."""
    token = context.attach(context.Context())
    try:
        yield
    finally:
        context.detach(token)
