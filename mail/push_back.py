"""When a server has had enough of us for now, and for how long, from what it says."""

import re

# Postfix's anvil, Exim's ratelimit, Dovecot's mail_max_userip_connections, Exchange, Gmail, Yahoo and Amazon SES.
_ENOUGH = re.compile(
    r"too (?:many|much|fast|frequent)|throttl|\brate\b|ratelimit|slow down|server (?:is )?busy|unexpected volume"
    r"|\blimit (?:is |was |has been )?(?:hit|reached|exceeded)|exceed(?:s|ed)? (?:\w+ ){0,3}limit"
    r"|number of (?:\w+ ){0,2}connections|connection limit",
    re.IGNORECASE,
)
# "try again in 5 minutes", "please wait 60 seconds", Exchange's "Suggested Backoff Time: 31206 milliseconds".
_STATED = re.compile(
    r"(?:again|retry|wait|back-?off|come back)\D{0,40}?(\d{1,7}) ?(ms|millisec|s|m|h)[a-z]*\b", re.IGNORECASE
)
_SECONDS = {"ms": 0.001, "millisec": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
# Nothing of ours is patient for longer than a letter, which is tried for an hour.
_LONGEST = 3600.0


def pause_asked(text: str) -> float | None:
    """For how many seconds the server wants to be left alone; 0 = it does not say, None = it asks for nothing."""
    return pause_stated(text) or 0.0 if _ENOUGH.search(text) else None


def pause_stated(text: str) -> float | None:
    """The seconds in "try again in 5 minutes"; None where no time is plainly stated."""
    found = _STATED.search(text)
    return min(int(found[1]) * _SECONDS[found[2].lower()], _LONGEST) if found else None
