"""Sending services that give a letter a Message-ID of their own, by which answers then name it."""

import re

# Exchange Online and Outlook.com: "2.0.0 OK <…> [Hostname=…]"; Exchange Server: "2.6.0 <…> [InternalId=…]".
_MICROSOFT = re.compile(
    r"^(?:2\.\d\.\d )?(?:OK )?(<[^<>@\s]{1,400}@[^<>@\s]{1,255}>) \[(?:Hostname|InternalId)=", re.IGNORECASE
)
# Amazon SES: email-smtp.<region>.amazonaws.com, with "-fips" or as the endpoint of a private network, too.
_SES_HOST = re.compile(r"(?:^|\.)email-smtp(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:vpce\.)?(?:amazonaws\.com|api\.aws)$")
_SES_REPLY = re.compile(r"^Ok ([0-9a-f]{16}-[0-9a-f-]{36}-\d{6})\b", re.IGNORECASE)
# The first region of SES has kept the domain of its early days.
_FIRST_REGION = "us-east-1"


def renamed_to(message_id: str, server_reply: str, host: str) -> str:
    """The id that the service's reply to a letter tells; empty = it keeps ours, or says nothing."""
    told = _told(server_reply.strip(), host.lower().rstrip("."))
    return "" if told.lower() == message_id.lower() else told


def renames(host: str) -> bool:
    """Whether the service behind this host name overwrites every Message-ID."""
    return _SES_HOST.search(host.lower().rstrip(".")) is not None


def _told(reply: str, host: str) -> str:
    if found := _MICROSOFT.match(reply):
        return found[1]
    at, given = _SES_HOST.search(host), _SES_REPLY.match(reply)
    if not (at and given):
        return ""
    region = at["region"]
    return f"<{given[1]}@{'email' if region == _FIRST_REGION else region}.amazonses.com>"
