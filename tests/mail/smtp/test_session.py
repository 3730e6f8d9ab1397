"""What a session makes of servers that misbehave, each with its script."""

import asyncio
from base64 import b64encode

import pytest

from mail.account import SmtpServer
from mail.errors import (
    AttachmentTooLarge,
    AuthenticationFailed,
    CertificateRejected,
    InvalidContent,
    MailError,
    MessageRejected,
    NotConfigured,
    SendOutcomeUnknown,
    ServerUnavailable,
)
from mail.smtp.session import SmtpSession
from models.send import Delivery, RefusedRecipient
from tests.mail.smtp.conftest import Opened, Scripted
from tests.mail.smtp.scripted import HANG_UP, SILENCE, Script

RAW = b"Subject: x\r\n\r\nHello\r\n"
UTF8_OFFERED = "250-scripted.test\r\n250-SMTPUTF8\r\n250 AUTH PLAIN"


async def send(
    session: SmtpSession,
    *recipients: str,
    raw: bytes = RAW,
    sender: str = "soc@x.test",
    smtputf8: bool = False,
) -> Delivery:
    return await session.deliver(raw, sender, recipients or ("a@x.test",), smtputf8=smtputf8)


async def test_a_letter_arrives_as_it_was_given(scripted: Scripted, opened: Opened) -> None:
    """Dots at the start of lines survive, and the server's last words are kept."""
    script = await scripted({})
    raw = b".first\r\nx\r\n.\r\n..two\r\n"
    delivery = await send(await opened(script.server()), raw=raw)
    assert script.letters == [raw]
    assert delivery == Delivery(accepted=("a@x.test",), server_reply="ok as 1234")


async def test_no_bare_line_end_reaches_the_server(scripted: Scripted, opened: Opened) -> None:
    """What SMTP smuggling needs is made CRLF on the way out."""
    script = await scripted({})
    await send(await opened(script.server()), raw=b"a\n.\nMAIL FROM:<evil@x.test>\r.\rb")
    assert script.letters == [b"a\r\n.\r\nMAIL FROM:<evil@x.test>\r\n.\r\nb\r\n"]


async def test_several_letters_share_a_connection(scripted: Scripted, opened: Opened) -> None:
    """A session is used again, letter after letter."""
    script = await scripted({})
    session = await opened(script.server())
    await send(session)
    await send(session)
    assert (script.connections, len(script.letters)) == (1, 2)


async def test_each_recipient_has_an_answer(scripted: Scripted, opened: Opened) -> None:
    """Accepted, refused for good and deferred are told apart."""
    script = await scripted({"RCPT TO:<b@": "550 5.1.1 unknown", "RCPT TO:<c@": "451 4.2.0 later"})
    delivery = await send(await opened(script.server()), "a@x.test", "b@x.test", "c@x.test")
    assert delivery.accepted == ("a@x.test",)
    assert delivery.refused == (RefusedRecipient(address="b@x.test", code=550, message="5.1.1 unknown"),)
    assert delivery.deferred == (RefusedRecipient(address="c@x.test", code=451, message="4.2.0 later"),)


async def test_nobody_accepted_means_no_data(scripted: Scripted, opened: Opened) -> None:
    """Without anybody to get it, the letter stays here and the transaction is reset."""
    script = await scripted({"RCPT": "550 no"})
    delivery = await send(await opened(script.server()))
    assert (delivery.accepted, len(delivery.refused)) == ((), 1)
    assert script.heard[-1] == "RSET"
    assert "DATA" not in script.heard


async def test_a_hang_up_among_the_recipients_loses_no_refusal(scripted: Scripted, opened: Opened) -> None:
    """Who was refused stays refused, and everybody else may be tried again."""
    script = await scripted({"RCPT TO:<b@": "550 no", "RCPT TO:<c@": HANG_UP})
    delivery = await send(await opened(script.server()), "a@x.test", "b@x.test", "c@x.test", "d@x.test")
    assert delivery.accepted == ()
    assert [one.address for one in delivery.refused] == ["b@x.test"]
    assert sorted(one.address for one in delivery.deferred) == ["a@x.test", "c@x.test", "d@x.test"]


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        ({"RCPT": HANG_UP}, ServerUnavailable),
        ({"RCPT": "421 closing"}, ServerUnavailable),
        ({"MAIL": "451 later"}, ServerUnavailable),
        ({"MAIL": "550 not you"}, MessageRejected),
        ({"MAIL": "530 5.7.0 log in first"}, AuthenticationFailed),
        ({"MAIL": "gibberish"}, ServerUnavailable),
        ({"DATA": "451 later"}, ServerUnavailable),
        ({"DATA": "554 no"}, MessageRejected),
        ({"DATA": "250 what for"}, ServerUnavailable),
        ({"DATA": HANG_UP}, ServerUnavailable),
        ({".": "451 later"}, ServerUnavailable),
        ({".": "421 closing"}, ServerUnavailable),
        ({".": "554 spam"}, MessageRejected),
        ({".": HANG_UP}, SendOutcomeUnknown),
        ({".": "gibberish"}, SendOutcomeUnknown),
    ],
)
async def test_each_bad_end_has_its_name(
    scripted: Scripted, opened: Opened, replies: dict[str, str | None], expected: type[MailError]
) -> None:
    """Final, passing and unknown ends are told apart."""
    session = await opened((await scripted(replies)).server())
    with pytest.raises(expected) as caught:
        await send(session)
    assert type(caught.value) is expected


@pytest.mark.parametrize("silent", ["MAIL", "DATA"])
async def test_silence_before_the_letter_is_harmless(scripted: Scripted, opened: Opened, silent: str) -> None:
    """A server that does not answer in time can be tried again, on another connection."""
    session = await opened((await scripted({silent: SILENCE})).server(timeout_seconds=0.1))
    with pytest.raises(ServerUnavailable, match="in time"):
        await send(session)
    assert session.closed


async def test_silence_after_the_letter_is_not(scripted: Scripted, opened: Opened) -> None:
    """Whether a server that fell silent has taken the letter, nobody knows."""
    session = await opened((await scripted({".": SILENCE})).server(timeout_seconds=0.01))
    with pytest.raises(SendOutcomeUnknown):
        await send(session)
    assert session.closed


async def test_a_hang_up_within_the_letter_is_harmless(scripted: Scripted, opened: Opened) -> None:
    """Without its final dot a letter does not count, so it may be sent again."""
    session = await opened((await scripted({"body": HANG_UP, "EHLO": "250-x\r\n250 AUTH PLAIN"})).server())
    with pytest.raises(ServerUnavailable):
        await send(session, raw=b"x" * 70 + b"\r\n" * 10_000_000)
    assert session.closed


async def test_a_cancelled_letter_closes_the_connection(scripted: Scripted, opened: Opened) -> None:
    """Nobody continues a dialogue that was left in the middle."""
    script = await scripted({"RCPT": SILENCE})
    session = await opened(script.server())
    sending = asyncio.create_task(send(session))
    await script.until_heard("RCPT")
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert session.closed


async def test_after_a_refused_letter_the_next_one_passes(scripted: Scripted, opened: Opened) -> None:
    """A refusal ends the transaction, not the connection."""
    script = await scripted({"MAIL FROM:<bad@": "550 not you"})
    session = await opened(script.server())
    with pytest.raises(MessageRejected):
        await send(session, sender="bad@x.test")
    assert script.heard[-1] == "RSET"
    assert (await send(session)).accepted


async def test_before_the_end_the_caller_may_still_stop_it(scripted: Scripted, opened: Opened) -> None:
    """A letter without its final dot is thrown away, and nothing more is said on that connection."""
    script = await scripted({})
    session = await opened(script.server())

    async def stop(_: Delivery) -> None:
        await script.until_heard("DATA")
        raise ServerUnavailable("changed my mind")

    with pytest.raises(ServerUnavailable, match="changed my mind"):
        await session.deliver(RAW, "soc@x.test", ["a@x.test"], smtputf8=False, before_end=stop)
    assert session.closed
    assert script.heard[-1] == "DATA"


async def test_addresses_beyond_ascii_need_the_extension(scripted: Scripted, opened: Opened) -> None:
    """Without SMTPUTF8 those recipients are refused, and the others get the letter."""
    script = await scripted({})
    delivery = await send(await opened(script.server()), "jürgen@x.test", "a@bücher.example")
    assert delivery.accepted == ("a@bücher.example",)
    assert [(one.address, one.code) for one in delivery.refused] == [("jürgen@x.test", 553)]
    assert "RCPT TO:<a@xn--bcher-kva.example>" in script.heard


async def test_a_header_beyond_ascii_needs_the_extension(scripted: Scripted, opened: Opened) -> None:
    """Nobody can get such a letter through a server without SMTPUTF8; nothing is even said."""
    script = await scripted({})
    delivery = await send(await opened(script.server()), smtputf8=True)
    assert [one.code for one in delivery.refused] == [553]
    assert not any(line.startswith("MAIL") for line in script.heard)


async def test_with_the_extension_everybody_is_reached(scripted: Scripted, opened: Opened) -> None:
    """SMTPUTF8 is asked for when an address needs it."""
    script = await scripted({"EHLO": UTF8_OFFERED})
    delivery = await send(await opened(script.server()), "jürgen@x.test")
    assert delivery.accepted == ("jürgen@x.test",)
    assert "MAIL FROM:<soc@x.test> SMTPUTF8" in script.heard


@pytest.mark.parametrize(("offer", "said"), [("\r\n250-8BITMIME", " BODY=8BITMIME"), ("", "")])
async def test_octets_beyond_ascii_are_announced(scripted: Scripted, opened: Opened, offer: str, said: str) -> None:
    """Where the server offers to be told (RFC 6152); plain letters need no word."""
    script = await scripted({"EHLO": f"250-scripted.test{offer}\r\n250 AUTH PLAIN"})
    session = await opened(script.server())
    for raw in ("Subject: x\r\n\r\nGrüße\r\n".encode(), b"Subject: x\r\n\r\nHi\r\n"):
        await session.deliver(raw, "soc@x.test", ["a@x.test"], smtputf8=False)
    assert [line for line in script.heard if line.startswith("MAIL")] == [
        f"MAIL FROM:<soc@x.test>{said}",
        "MAIL FROM:<soc@x.test>",
    ]


async def test_a_sender_beyond_ascii_is_rejected(scripted: Scripted, opened: Opened) -> None:
    """The sender cannot be left out, so the whole letter is refused."""
    session = await opened((await scripted({})).server())
    with pytest.raises(MessageRejected, match="SMTPUTF8"):
        await send(session, sender="jürgen@x.test")


async def test_a_letter_over_the_servers_size_is_not_sent(scripted: Scripted, opened: Opened) -> None:
    """The server told its limit: no need to push a megabyte to hear it again."""
    script = await scripted({})
    with pytest.raises(AttachmentTooLarge, match="1,000,000"):
        await send(await opened(script.server()), raw=b"x\r\n" * 400_000)
    assert not any(line.startswith("MAIL") for line in script.heard)


async def test_an_address_with_a_line_break_is_never_said(scripted: Scripted, opened: Opened) -> None:
    """Commands cannot be smuggled in through the envelope."""
    script = await scripted({})
    with pytest.raises(InvalidContent):
        await send(await opened(script.server()), "a@x.test>\r\nRCPT TO:<evil@x.test")
    assert not any("evil" in line for line in script.heard)


async def test_stripped_starttls_is_no_reason_to_go_on(scripted: Scripted) -> None:
    """Required means required: the password is not said in clear."""
    script = await scripted({})
    server = script.server().model_copy(update={"security": "starttls"})
    with pytest.raises(CertificateRejected, match="does not offer STARTTLS"):
        await SmtpSession.open(server)
    assert [line.split()[0] for line in script.heard] == ["EHLO"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [("454 TLS not now", ServerUnavailable), ("502 never", CertificateRejected)],
)
async def test_refused_starttls_may_be_passing(scripted: Scripted, reply: str, expected: type[MailError]) -> None:
    """A temporary refusal of STARTTLS can be tried again."""
    script = await scripted({"EHLO": "250-x\r\n250 STARTTLS", "STARTTLS": reply})
    server = script.server().model_copy(update={"security": "starttls"})
    with pytest.raises(expected):
        await SmtpSession.open(server)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("535 5.7.8 wrong", AuthenticationFailed),
        ("454 4.7.0 later", ServerUnavailable),
        ("421 4.7.0 too many", ServerUnavailable),
        (HANG_UP, ServerUnavailable),
    ],
)
async def test_a_failed_log_in_is_tried_once(scripted: Scripted, reply: str | None, expected: type[MailError]) -> None:
    """Other mechanisms with the same password would only lock the account."""
    script = await scripted({"AUTH": reply})
    with pytest.raises(expected):
        await SmtpSession.open(script.server())
    assert [line.split()[0] for line in script.heard].count("AUTH") == 1


@pytest.mark.parametrize("reply", ["535 secret is wrong", "421 secret, too often"])
async def test_a_repeated_password_is_not_told(scripted: Scripted, reply: str) -> None:
    """Some servers quote what they refuse; errors never do."""
    script = await scripted({"AUTH": reply})
    with pytest.raises((AuthenticationFailed, ServerUnavailable)) as caught:
        await SmtpSession.open(script.server())
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("offered", "mechanism"), [("XOAUTH2", "XOAUTH2"), ("XOAUTH2 OAUTHBEARER", "OAUTHBEARER")])
async def test_a_token_logs_in(scripted: Scripted, offered: str, mechanism: str) -> None:
    """By the standard where it is offered; with a token the password stays unused."""
    script = await scripted({"EHLO": f"250-x\r\n250 AUTH PLAIN {offered}"})
    (await SmtpSession.open(script.server(), token="t0ken")).drop()
    assert script.heard[-1].startswith(f"AUTH {mechanism} ")


@pytest.mark.parametrize(("mechanism", "dismissal"), [("XOAUTH2", ""), ("OAUTHBEARER", "AQ==")])
async def test_a_refused_token_ends_the_log_in(scripted: Scripted, mechanism: str, dismissal: str) -> None:
    """The challenge after a bad token is answered, so that the server can say no; its reason is told."""
    challenge = b64encode(b'{"status": "400", "schemes": "Bearer"}').decode()
    replies: dict[str, str | None] = {"AUTH": f"334 {challenge}", dismissal: "535 5.7.8 t0ken expired"}
    script = await scripted(replies | {"EHLO": f"250-x\r\n250 AUTH {mechanism}"})
    with pytest.raises(AuthenticationFailed, match=r"… expired \(status: 400, schemes: Bearer\)"):
        await SmtpSession.open(script.server(), token="t0ken")
    assert script.heard[-1] == dismissal


async def test_a_server_that_knows_only_login_gets_the_password_so(scripted: Scripted) -> None:
    """User name and password, each when it is asked for."""
    asked: dict[str, str | None] = {"AUTH LOGIN": "334 VXNlcm5hbWU6", "c29j": "334 UGFzc3dvcmQ6", "c2VjcmV0": "235 ok"}
    script = await scripted(asked | {"EHLO": "250-x\r\n250 AUTH LOGIN"})
    (await SmtpSession.open(script.server())).drop()
    assert script.heard[-3:] == list(asked)


async def test_a_server_without_the_mechanism_is_named(scripted: Scripted) -> None:
    """What was wanted and what was found stand side by side."""
    script = await scripted({"EHLO": "250-x\r\n250 AUTH CRAM-MD5"})
    with pytest.raises(AuthenticationFailed, match="PLAIN or LOGIN to log in with, but CRAM-MD5"):
        await SmtpSession.open(script.server())


@pytest.mark.parametrize("banner", ["554 go away", "421 too busy", "gibberish", HANG_UP])
async def test_an_unfriendly_banner_can_be_tried_again(scripted: Scripted, banner: str | None) -> None:
    """Whatever a server says instead of its greeting, it is not available."""
    script = await scripted({"connect": banner})
    with pytest.raises(ServerUnavailable):
        await SmtpSession.open(script.server())


async def test_nobody_listening_is_unavailable(unused_tcp_port: int) -> None:
    """A closed port is a reason to come back later."""
    with pytest.raises(ServerUnavailable, match="cannot be reached"):
        await SmtpSession.open(SmtpServer(host="127.0.0.1", port=unused_tcp_port, security="none"))


async def test_a_plain_server_on_a_tls_port_is_said_clearly(scripted: Scripted) -> None:
    """A wrong `security` in the settings is not a matter of trying again."""
    server = (await scripted({})).server().model_copy(update={"security": "tls"})
    with pytest.raises(CertificateRejected, match="does not speak TLS"):
        await SmtpSession.open(server)


async def test_a_missing_ca_file_is_named() -> None:
    """The setting that is wrong is in the sentence."""
    server = SmtpServer(host="127.0.0.1", port=25, security="tls", ca_file="/nowhere/ca.pem")
    with pytest.raises(NotConfigured, match=r"ca_file /nowhere/ca\.pem"):
        await SmtpSession.open(server)


async def test_noop_notices_a_dead_connection(scripted: Scripted, opened: Opened) -> None:
    """A server that hung up is found out."""
    script: Script = await scripted({"NOOP": HANG_UP})
    session = await opened(script.server())
    with pytest.raises(ServerUnavailable):
        await session.noop()
    assert session.closed


async def test_close_says_good_bye(scripted: Scripted, opened: Opened) -> None:
    """QUIT is the last word."""
    script = await scripted({})
    session = await opened(script.server())
    await session.close()
    assert (script.heard[-1], session.closed) == ("QUIT", True)
