"""What a worker process shows of itself: figures, health, log, traces."""

import re

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from mail.metrics import FOREIGN_TOKENS, METRICS, OPEN_WAITS
from tests.observation.conftest import CANARY, Observed


def traced(observed: Observed) -> dict[str, Span]:
    """The spans of the SOAR's trace by name."""
    return {span.name: span for span in observed.spans if span.trace_id == observed.trace_id}


def attributes(span: Span) -> dict[str, str]:
    """What a span tells."""
    return {one.key: one.value.string_value for one in span.attributes}


def test_the_scene_was_played(observed: Observed) -> None:
    """Two answered, one was refused, one bounced."""
    assert observed.result
    states = [one.state for one in observed.result.responses]
    assert (states, observed.result.excluded[0].reason) == (["replied", "replied", "bounced", "bounced"], "auto_reply")


def test_a_worker_that_serves_is_alive_and_ready(observed: Observed) -> None:
    """Nothing else is served beside."""
    assert observed.health == {"/healthz": 200, "/readyz": 200, "/": 404}


def test_every_metric_of_ours_is_exported_under_its_name(observed: Observed) -> None:
    """Waits are counted a minute after the first one has begun, and nobody has forged an answer."""
    exported = set(re.findall(r"^# TYPE (mail_\w+) (\w+)$", observed.exported, re.MULTILINE))
    assert exported == {(one.name, one.kind) for one in METRICS if one not in (OPEN_WAITS, FOREIGN_TOKENS)}


@pytest.mark.parametrize(
    "sample",
    [
        'mail_sends_total{account="soc",outcome="taken"} 1',
        'mail_sends_total{account="soc",outcome="refused"} 0',
        'mail_refusals_total{account="soc",reason="for good"} 1',
        'mail_authentication_failures_total{account="soc",protocol="smtp"} 0',
        'mail_watch_lag_seconds_count{account="soc"} 4',
    ],
)
def test_mail_is_counted(observed: Observed, sample: str) -> None:
    """What has not happened yet is there as zero: Prometheus sees no increase in what was not."""
    assert sample in observed.exported.splitlines()


@pytest.mark.parametrize(
    "sample",
    [
        r"mail_bounces_total{.*} 1",
        r'mail_excluded_total{.*reason="auto_reply".*} 1',
        r"mail_reply_latency_seconds_count{.*} 2",
    ],
)
def test_workflows_count_once(observed: Observed, sample: str) -> None:
    """Their figures come with the SDK's own labels."""
    assert re.search(rf"^{sample}$", observed.exported, re.MULTILINE)


def test_the_log_says_what_happened_to_what(observed: Observed) -> None:
    """Case, workflow, account and Message-ID have fields of their own."""
    delivered = next(line for line in observed.lines if line["message"] == "send.deliver done")
    assert {"time", "workflow_id", "run_id", "attempt", "seconds"} <= delivered.keys()
    assert (delivered["account"], delivered["level"]) == ("soc", "info")
    assert delivered["message_id"].endswith("@lab.test>")
    ended = next(line for line in observed.lines if line["message"] == "SendEmailAndWait ends")
    assert (ended["case_id"], ended["status"]) == ("case-4711", "partially_replied")


def test_nothing_shows_bodies_or_secrets(observed: Observed) -> None:
    """Neither the log, at its chattiest, nor figures, nor spans."""
    assert any(line["level"] == "debug" for line in observed.lines)
    shown = observed.log + observed.exported + "".join(map(str, observed.spans))
    assert CANARY not in shown


def test_one_trace_leads_from_the_soar_to_the_servers(observed: Observed) -> None:
    """Workflow, activity, and each command under the activity that gave it."""
    spans = traced(observed)
    assert {"RunWorkflow:SendEmailAndWait", "IMAP LOGIN", "IMAP UID SEARCH", "SMTP transaction"} <= spans.keys()
    assert spans["SMTP transaction"].parent_span_id == spans["RunActivity:send.deliver"].span_id
    assert attributes(spans["SMTP transaction"]) == {"mail.account": "soc", "server.address": "127.0.0.1"}
    assert observed.services == {"durable-mail"}


def test_a_watch_begins_traces_of_its_own(observed: Observed) -> None:
    """A trace that goes on for weeks is none that anybody can read; each look is one."""
    looks = [span for span in observed.spans if span.name == "look for new mail"]
    assert looks
    assert all(not look.parent_span_id and look.trace_id != observed.trace_id for look in looks)
