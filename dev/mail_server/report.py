"""Delivery reports (RFC 3464): what a server sends back when it could not deliver after all."""

from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import formatdate, make_msgid


def delivery_report(domain: str, sender: str, recipient: str, reason: str, raw: bytes) -> bytes:
    """The report to a letter's sender that its recipient could not be reached; `reason` is "5.1.1 text"."""
    text = MIMEText(f"Your letter could not be delivered.\n\n<{recipient}>: {reason}\n")
    # RFC 6522 fixes the order: words for people, fields for programs, the letter it is about.
    parts = [text, _status(domain, recipient, reason), _headers(raw)]
    report = MIMEMultipart("report", _subparts=parts, report_type="delivery-status")
    report["From"] = f"Mail Delivery System <MAILER-DAEMON@{domain}>"
    report["To"] = sender
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Date"] = formatdate()
    report["Message-ID"] = make_msgid(domain=f"mail.{domain}")
    report["Auto-Submitted"] = "auto-replied"
    return report.as_bytes(policy=SMTP)


def _status(domain: str, recipient: str, reason: str) -> Message:
    server, failure = Message(), Message()
    server["Reporting-MTA"] = f"dns; mail.{domain}"
    failure["Final-Recipient"] = f"rfc822; {recipient}"
    failure["Action"] = "failed"
    failure["Status"] = reason.split(maxsplit=1)[0]
    failure["Diagnostic-Code"] = f"smtp; 550 {reason}"
    status = Message()
    status["Content-Type"] = "message/delivery-status"
    status.set_payload([server, failure])
    return status


def _headers(raw: bytes) -> Message:
    head = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    headers = Message()
    headers["Content-Type"] = "text/rfc822-headers"
    headers.set_payload(head.decode("ascii", "surrogateescape") + "\n")
    return headers
