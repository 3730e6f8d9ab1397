"""Letters that people and machines write back."""

from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from dev.lab import User
from models.send import SendEmailResult

HISTORY = "On Mon, 2 Nov 2026 at 10:00, SOC wrote:\n> Is it you?\n"
# What a phone's mail program makes of "Yes, it was me." with everything before it quoted below.
PHONE = """<html><head><meta charset="utf-8"></head><body dir="auto">Yes, it was <b>me</b>.<div><br></div>
<div id="signature">Sent from my phone</div><div dir="ltr"><br><blockquote type="cite">On 2 Nov 2026, at 10:00, SOC
&lt;{us}&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">Is it you?<br>
<blockquote type="cite">An older letter that nobody needs again.</blockquote></div></blockquote></body></html>"""


def reply(sent: SendEmailResult, sender: User | str, text: str = "Yes.", **headers: str) -> bytes:
    """A person's answer with the letter quoted below; `Reply_To="x"` sets a header of its own."""
    letter = _envelope(sent, sender, headers)
    letter.set_content(f"{text}\n\n{HISTORY}")
    return letter.as_bytes()


def phone_reply(sent: SendEmailResult, sender: User, us: User) -> bytes:
    """An answer in HTML alone, with the whole history."""
    letter = _envelope(sent, sender, {})
    letter.set_content(PHONE.format(us=us.address), subtype="html")
    return letter.as_bytes()


def out_of_office(sent: SendEmailResult, sender: User) -> bytes:
    """A responder as RFC 3834 wants it."""
    return reply(sent, sender, "I am away.", Auto_Submitted="auto-replied", Subject="Away")


def exchange_out_of_office(sent: SendEmailResult, sender: User) -> bytes:
    """A responder as Exchange has it: no Auto-Submitted, a telling subject."""
    subject = f"Automatic reply: {sent.subject}"
    return reply(sent, sender, "I am away.", X_Auto_Response_Suppress="All", Subject=subject)


def _envelope(sent: SendEmailResult, sender: User | str, headers: dict[str, str]) -> EmailMessage:
    address = sender if isinstance(sender, str) else sender.address
    usual = {
        "From": address,
        "Subject": f"Re: {sent.subject}",
        "Date": formatdate(),
        "Message-ID": make_msgid(domain="lab.test"),
        "In-Reply-To": str(sent.message_id),
    }
    letter = EmailMessage()
    for name, value in (usual | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        letter[name] = value
    return letter
