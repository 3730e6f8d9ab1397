"""One worker process, configured to be observed from all sides, and what it showed during one wait."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider

from client import MailClient
from dev.lab.ports import HOST, Ports
from dev.mail_server import EmbeddedMail
from dev.temporal import USUAL_PORTS, TemporalServer
from dev.worker_process import WorkerProcess, environment, settings_file
from models.send_and_wait import SendEmailAndWaitRequest, SendEmailAndWaitResult
from tests.live.desk import eventually_told, result_of
from tests.observation.collector import Collector, collecting

# In letters, answers and passwords; nowhere else may it be seen.
CANARY = "canary-4b1d"
PEOPLE = ("soc", "alice", "bob")
# Refused at once, and given up by a delivery report.
FULL, GONE = "full@lab.test", "gone@lab.test"
QUESTION = {
    "case_id": "case-4711",
    "alert_group_identifiers": ["group"],
    "recipients": ["alice@lab.test", "bob@lab.test", FULL, GONE],
    "subject": f"Question {CANARY}",
    "content": f"Is it you? {CANARY}",
    "wait_stage_timeout_minutes": 60,
    "wait_for_all_recipients_to_reply": True,
}


@dataclass
class Observed:
    """What there was to see."""

    trace_id: bytes = b""
    result: SendEmailAndWaitResult | None = None
    health: dict[str, int] = field(default_factory=dict[str, int])
    exported: str = ""
    log: str = ""
    spans: list[Span] = field(default_factory=list[Span])
    services: set[str] = field(default_factory=set[str])

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The log, parsed."""
        return [json.loads(line) for line in self.log.splitlines()]


@dataclass
class Scene:
    """Temporal, mail, and where the worker is to be observed."""

    temporal: TemporalServer
    mail: EmbeddedMail
    ports: Ports
    collector: Collector
    home: Path

    def worker(self) -> WorkerProcess:
        """The worker as an operator would configure it."""
        variables = environment(
            MAIL_CONFIG=settings_file(self.home, "soc", self.mail.account("soc")),
            TEMPORAL_ADDRESS=self.temporal.address,
            MAIL_METRICS__LISTEN=f"{HOST}:{self.ports['PROMETHEUS']}",
            MAIL_HEALTH__LISTEN=f"{HOST}:{self.ports['HEALTH']}",
            MAIL_TRACING__OTLP_ENDPOINT=self.collector.url,
            MAIL_LOG__FORMAT="JSON",
            MAIL_LOG__LEVEL="debug",
        )
        return WorkerProcess(self.home, variables)

    async def get(self, port: str, path: str) -> httpx.Response:
        """What the worker answers."""
        async with httpx.AsyncClient() as http:
            return await http.get(f"http://{HOST}:{self.ports[port]}{path}")

    async def until_ready(self) -> None:
        """Wait until the worker says that it serves."""
        await eventually_told(self._is_ready)

    async def _is_ready(self) -> bool:
        try:
            return (await self.get("HEALTH", "/readyz")).is_success
        except httpx.TransportError:
            return False  # it has not begun to listen

    async def answer(self, message_id: str, sender: str, **headers: str) -> None:
        """Have somebody answer a letter."""
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = f"{sender}@lab.test", "soc@lab.test", "Re: Question"
        letter["In-Reply-To"], letter["Message-ID"] = message_id, f"<{sender}.{len(headers)}@lab.test>"
        for name, value in headers.items():
            letter[name.replace("_", "-")] = value
        letter.set_content(f"Yes. {CANARY}")
        await self.mail.deliver("soc", letter.as_bytes())


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def observed(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Observed, None]:
    """A letter to four: one answers, one is absent and then answers, one is refused, one bounces."""
    async with AsyncExitStack() as parts:
        ports = parts.enter_context(closing(Ports((*USUAL_PORTS, "PROMETHEUS", "HEALTH"))))
        mail = EmbeddedMail({name: f"{CANARY}-{name}" for name in PEOPLE}, rules={FULL: "552 5.2.2 Mailbox full"})
        mail.bounces[GONE] = "5.1.1 User unknown"
        scene = Scene(
            parts.enter_context(TemporalServer(ports)),
            await parts.enter_async_context(mail),
            ports,
            await parts.enter_async_context(collecting()),
            tmp_path_factory.mktemp("observed"),
        )
        yield await _played(scene)
    await asyncio.sleep(0.01)  # a client that is torn down with its loop can abort the process (sdk-python 300)


async def _played(scene: Scene) -> Observed:
    seen, worker = Observed(), scene.worker()
    try:
        await scene.until_ready()
        await _ask(scene, seen)
        seen.health = {path: (await scene.get("HEALTH", path)).status_code for path in ("/healthz", "/readyz", "/")}
        seen.exported = (await scene.get("PROMETHEUS", "/metrics")).text
        worker.terminate()
        assert await asyncio.to_thread(worker.exit_code) == 0  # and the last spans are out
    finally:
        worker.kill()
    seen.log = worker.log.read_text()
    seen.spans, seen.services = scene.collector.spans, scene.collector.services
    return seen


async def _ask(scene: Scene, seen: Observed) -> None:
    """A SOAR asks, with a tracer of its own."""
    tracer = TracerProvider().get_tracer("soar")
    with pytest.MonkeyPatch.context() as shell:
        shell.setenv("TEMPORAL_ADDRESS", scene.temporal.address)
        async with MailClient.connect("soc") as client:
            with tracer.start_as_current_span("playbook") as playbook:
                seen.trace_id = playbook.get_span_context().trace_id.to_bytes(16, "big")
                wait = await client.send_email_and_wait.start(SendEmailAndWaitRequest.model_validate(QUESTION))
            message_id = _message_id(*await eventually_told(lambda: scene.mail.messages("alice")))
            await scene.answer(message_id, "bob", Auto_Submitted="auto-replied")
            await scene.answer(message_id, "bob")
            await scene.answer(message_id, "alice")
            seen.result = await result_of(wait)


def _message_id(letter: bytes) -> str:
    return str(message_from_bytes(letter)["Message-ID"])
