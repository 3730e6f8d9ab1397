"""Tokens at Dovecot and Exim, which ask the token server whose they are."""

from collections.abc import AsyncIterator, Iterator

import pytest

from dev.lab import Lab, lab_missing
from mail.account import Account
from mail.oauth import AccessTokens
from mail.ping import ping_imap, ping_smtp
from models.ping import ServerPing
from tests.servers import leave_out
from tests.token_server import TokenServer, token_server

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def elder_lab() -> Iterator[Lab]:
    """Servers that know XOAUTH2 and no OAUTHBEARER, as Microsoft's."""
    if reason := lab_missing():
        leave_out(reason)
    with Lab() as lab:
        dovecot, exim = lab.home / "dovecot.conf", lab.home / "exim.conf"
        dovecot.write_text(dovecot.read_text(encoding="utf-8").replace(" oauthbearer", ""), encoding="utf-8")
        exim.write_text(exim.read_text(encoding="utf-8").partition("\noauthbearer:")[0], encoding="utf-8")
        lab.restart_imap()
        lab.restart_smtp()
        yield lab


@pytest.fixture(params=["OAUTHBEARER", "XOAUTH2"])
def token_lab(request: pytest.FixtureRequest) -> Lab:
    """Servers that take tokens by this mechanism."""
    lab: Lab = request.getfixturevalue("lab" if request.param == "OAUTHBEARER" else "elder_lab")
    return lab


@pytest.fixture
async def lab_tokens(token_lab: Lab) -> AsyncIterator[TokenServer]:
    """The token server that they ask; its tokens are good for one user."""
    user = token_lab.add_user()
    async with token_server(user.name, port=token_lab.ports["TOKENS"]) as server:
        yield server


@pytest.fixture
def account(token_lab: Lab, lab_tokens: TokenServer) -> Account:
    """That user's account, which has no password."""
    usual = token_lab.account(lab_tokens.username).model_dump(exclude={"smtp": {"password"}, "imap": {"password"}})
    return Account.model_validate(usual | {"oauth": lab_tokens.oauth()})


async def enter_both(account: Account, tokens: AccessTokens) -> tuple[ServerPing, ServerPing]:
    """Log in anew on both sides."""
    assert account.imap
    assert account.smtp
    return await ping_imap(account.imap, tokens), await ping_smtp(account.smtp, tokens)


async def test_one_token_opens_both_servers(account: Account, lab_tokens: TokenServer) -> None:
    """It is fetched once and shown twice."""
    imap, smtp = await enter_both(account, AccessTokens(lab_tokens.oauth()))
    assert (imap.ok, smtp.ok) == (True, True)
    assert (len(lab_tokens.asked), lab_tokens.introspected) == (1, ["t0ken-1"] * 2)


async def test_a_revoked_token_is_renewed_without_a_word(account: Account, lab_tokens: TokenServer) -> None:
    """Whoever logs in next gets a new one; nothing fails."""
    tokens = AccessTokens(lab_tokens.oauth())
    await enter_both(account, tokens)
    lab_tokens.revoke()
    imap, smtp = await enter_both(account, tokens)
    assert (imap.ok, smtp.ok) == (True, True)
    assert lab_tokens.introspected[2:] == ["t0ken-1", "t0ken-2", "t0ken-2"]


async def test_a_token_that_counts_for_nothing_ends_the_log_in(account: Account, lab_tokens: TokenServer) -> None:
    """At once, with the reason; each new token is shown once."""
    lab_tokens.lifetime = 0
    imap, smtp = await enter_both(account, AccessTokens(lab_tokens.oauth()))
    assert imap.error
    assert imap.error.startswith("AuthenticationFailed: 127.0.0.1 refuses the log-in: Authentication failed. (status: ")
    assert smtp.error
    assert smtp.error.startswith("AuthenticationFailed: 127.0.0.1:")
    assert lab_tokens.introspected == ["t0ken-1", "t0ken-2"]
