"""Settings that change while everything runs: what is the same goes on, the rest begins anew."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from mail.account import Account
from mail.accounts import Accounts
from mail.dns import TxtRecords
from mail.errors import ServerUnavailable, UnknownAccount
from mail.imap.session import ImapSession
from mail.policy import Policy
from mail.template import Templates
from settings import Settings
from tests.mail.imap.scripted import Conversation, ScriptedServer

NO_TEMPLATES = Templates({})


async def idle(server: Conversation) -> None:
    """Let somebody in, and push nothing."""
    await server.log_in()
    while (command := await server.expect(b"")) != b"LOGOUT":
        if command == b"IDLE":
            await server.say(b"+ idling")
            await server.silence()
        await server.say(b"* 2 EXISTS", b"* OK [UIDVALIDITY 9] ok", b"* OK [UIDNEXT 3] ok")
        await server.done()
    await server.say(b"* BYE")
    await server.done()


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """A server that idles with everybody."""
    server = await ScriptedServer(idle).start()
    yield server
    await server.stop()


@pytest.fixture
def account(server: ScriptedServer) -> Account:
    """An account there."""
    return Account(address="soc@example.org", imap=server.settings())


@pytest.fixture
async def accounts(account: Account) -> AsyncIterator[Accounts]:
    """Two such accounts."""
    them = {"soc": account, "abuse": account}
    accounts = Accounts(them, default="soc", policy=Policy(), templates=NO_TEMPLATES, dns=TxtRecords())
    yield accounts
    await accounts.close()


Replace = Callable[[Mapping[str, Account]], Awaitable[tuple[str, ...]]]


@pytest.fixture
def replace(accounts: Accounts) -> Replace:
    """Gives them other settings."""
    return lambda them: accounts.replace(them, default=next(iter(them)), policy=Policy(), templates=NO_TEMPLATES)


def corrected(account: Account) -> Account:
    """The account with another password."""
    assert account.imap
    return account.model_copy(update={"imap": account.imap.model_copy(update={"password": SecretStr("n3w")})})


async def listen(accounts: Accounts, name: str, listening: asyncio.Event) -> None:
    """Listen as a watch does, until the connection is lost."""
    async with accounts.open(name).mailbox.own_session() as session:
        await session.examine("INBOX")
        listening.set()
        await session.idle(60)


async def test_only_what_has_changed_is_replaced(accounts: Accounts, account: Account, replace: Replace) -> None:
    """The same settings, read anew, change nothing."""
    before = {name: accounts.open(name).mailbox for name in accounts.names}
    assert await replace({"soc": account, "abuse": account.model_copy()}) == ()
    assert await replace({"soc": corrected(account), "abuse": account}) == ("soc",)
    assert accounts.open("abuse").mailbox is before["abuse"]
    assert accounts.open("soc").mailbox is not before["soc"]


async def test_who_listens_hears_of_it(accounts: Accounts, account: Account, replace: Replace) -> None:
    """A watch would idle for ever; it is told that its connection is lost, and another's is not touched."""
    changed, same = asyncio.Event(), asyncio.Event()
    watching = asyncio.create_task(listen(accounts, "soc", changed))
    beside = asyncio.create_task(listen(accounts, "abuse", same))
    await asyncio.gather(changed.wait(), same.wait())
    await replace({"soc": corrected(account), "abuse": account})
    with pytest.raises(ServerUnavailable, match="lost"):
        await asyncio.wait_for(watching, 5)
    assert not beside.done()
    beside.cancel()
    await asyncio.gather(beside, return_exceptions=True)


async def test_an_operation_under_way_may_end(accounts: Accounts, account: Account, replace: Replace) -> None:
    """A letter that is being handed over must not be torn; its connection is closed when it comes back."""
    async with accounts.open("soc").mailbox.session() as session:
        await replace({"soc": corrected(account)})
        assert isinstance(session, ImapSession)
        assert not session.closed
    assert session.closed


async def test_accounts_come_and_go(accounts: Accounts, account: Account, replace: Replace) -> None:
    """One that is left out is closed and unknown from then on."""
    assert await replace({"new": account}) == ("soc", "abuse")
    assert accounts.open("").name == "new"
    with pytest.raises(UnknownAccount):
        accounts.open("soc")


async def test_tokens_outlive_a_change_of_something_else(
    account: Account, accounts: Accounts, replace: Replace
) -> None:
    """A refresh token that was replaced is known to nobody else; another client begins with its own."""
    oauth = {"token_url": "https://x.test", "client_id": "us", "refresh_token": "r3fresh"}
    by_token = Account.model_validate(account.model_dump() | {"oauth": oauth})
    await replace({"soc": by_token})
    tokens = accounts.open("soc").connections.tokens
    await replace({"soc": corrected(by_token)})
    assert accounts.open("soc").connections.tokens is tokens
    await replace({"soc": Account.model_validate(account.model_dump() | {"oauth": oauth | {"client_id": "they"}})})
    assert accounts.open("soc").connections.tokens is not tokens


def test_secrets_are_read_again_from_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corrected file makes other settings; one that is as it was makes equal ones."""
    secret, file = tmp_path / "password", tmp_path / "mail.toml"
    server = f'host = "x"\npassword_file = "{secret}"'
    file.write_text(f'[accounts.soc]\naddress = "soc@example.org"\n[accounts.soc.imap]\n{server}\n', encoding="utf-8")
    monkeypatch.setenv("MAIL_CONFIG", str(file))
    secret.write_text("old\n", encoding="utf-8")
    before = Settings.load().accounts
    assert Settings.load().accounts == before
    secret.write_text("n3w\n", encoding="utf-8")
    after = Settings.load().accounts
    assert after != before
    assert after["soc"].imap
    assert after["soc"].imap.password.get_secret_value() == "n3w"
