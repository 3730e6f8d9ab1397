"""All the parts on this machine together: Temporal, a mail server, a worker, people who answer."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from temporalio.client import Client

from client.search_attributes import TemporalSearchAttributes
from dev.lab.ports import HOST, Ports
from dev.mail_server import EmbeddedMail
from dev.people import People, Person
from dev.temporal import TemporalServer
from mail.policy import Policy
from plugin import mail_plugin
from settings import Settings, Storage
from worker import accounts_of, workers_of

# The one who asks; the account's name in the settings is the same.
ASKER = "soc"

# Temporal is ready in a tenth of a second; the rest is for a machine under load.
PATIENCE_SECONDS = 20.0
PAUSE_SECONDS = 0.02


class OwnSettings(Settings):
    """Settings that come from nowhere but here: an installation's own file and environment stay out."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 pydantic calls it by these names
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, and nothing else."""
        return (init_settings,)


@asynccontextmanager
async def running(
    temporal: TemporalServer, mail: EmbeddedMail, people: Iterable[Person], files: Path | None = None
) -> AsyncGenerator[Client, None]:
    """Run all parts; they end in reverse, so that the watches are handed over while the server still listens.

    With `files`, letters may carry files from its folder `outgoing`, attachments go to `downloads` and `cases`.
    """
    async with AsyncExitStack() as parts:
        parts.enter_context(temporal)
        await parts.enter_async_context(mail)
        asker = mail.account(ASKER).model_copy(update={"display_name": "SOC"})
        readers = People(people, mail, asker.address)
        mail.on_mail.append(readers.read)
        catching_up = asyncio.create_task(readers.catch_up())
        parts.callback(catching_up.cancel)
        settings = OwnSettings(accounts={ASKER: asker}, **(_places(files) if files else {}))
        accounts = accounts_of(settings)
        parts.push_async_callback(accounts.close)
        client = await connected(temporal.address)
        await TemporalSearchAttributes(client).create()
        for worker in workers_of(client, settings, accounts):
            await parts.enter_async_context(worker)
        yield client


async def connected(address: str) -> Client:
    """A client of a server that may still be starting."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await Client.connect(address, plugins=[mail_plugin()])
            except RuntimeError:  # the SDK's only name for "Frontend is not healthy yet": its ports answer before
                await asyncio.sleep(PAUSE_SECONDS)


def _places(files: Path) -> dict[str, Any]:
    outgoing, downloads, cases = (files.absolute() / name for name in ("outgoing", "downloads", "cases"))
    for folder in (outgoing, downloads, cases):
        folder.mkdir(parents=True, exist_ok=True)
    policy = Policy(attachment_roots=(outgoing,), download_roots=(downloads,))
    return {"policy": policy, "storage": Storage(url=cases.as_uri())}


def usual_ports(usual: Mapping[str, int]) -> dict[str, int]:
    """The usual port of each name, or another one where that is taken."""
    others = Ports(tuple(usual))
    others.close()
    return {name: port if _is_free(port) else others[name] for name, port in usual.items()}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections of a server that has just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
