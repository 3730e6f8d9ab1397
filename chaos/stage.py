"""All the parts of a campaign: Temporal with its database, Dovecot, Exim, two workers, and a client."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from chaos.station import CASES, DOWNLOADS, Station
from client import MailClient
from dev.lab import Lab, User
from dev.lab.ports import Ports
from dev.temporal import USUAL_PORTS, TemporalServer
from plugin import mail_plugin

# Who asks, who is asked, and where Exim takes the letters of greylisted recipients.
US, PERSON, GREYLISTED = "soc", "alice", "bob"
# What is moved lies here and goes there; what is saved and downloaded lies in the third, what is deleted in the last.
SOURCE, DESTINATION, FILES, OLD = "Desk", "Done", "Files", "Old"
SENT = "Sent"


@dataclass(frozen=True)
class Stage:
    """Where a campaign takes place."""

    lab: Lab
    temporal: TemporalServer
    stations: tuple[Station, ...]
    mail: MailClient
    files: Path

    @property
    def us(self) -> User:
        """Whose mailbox the workers serve."""
        return self.lab.users[US]

    @property
    def cases(self) -> Path:
        """Where the files of cases are kept."""
        return self.files / CASES

    @property
    def downloads(self) -> Path:
        """Where downloads go."""
        return self.files / DOWNLOADS

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncGenerator["Stage", None]:
        """All parts, from nothing, in a temporary folder."""
        async with AsyncExitStack() as parts:
            home = Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True)))
            lab = parts.enter_context(Lab())
            lab.create_folder(US, SOURCE, DESTINATION, FILES, OLD)
            ports = Ports(tuple(USUAL_PORTS))
            parts.callback(ports.close)
            temporal = parts.enter_context(TemporalServer(ports, home / "temporal.db"))
            stations = [
                await parts.enter_async_context(
                    Station.running(lab, lab.users[US], home / f"worker-{number}", temporal.address, home)
                )
                for number in range(2)
            ]
            client = await Client.connect(temporal.address, plugins=[mail_plugin()], runtime=_quiet())
            yield cls(lab, temporal, tuple(stations), MailClient(client, US), home)
            await asyncio.sleep(0.01)  # a client that is torn down with its loop can abort (sdk-python 300)


def _quiet() -> Runtime:
    """That Temporal is away is no news here, and would be told once for every action under way."""
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=TelemetryFilter("ERROR", "ERROR"))))
