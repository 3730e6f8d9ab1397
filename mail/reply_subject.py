"""The subject of an answer: "Re: " once, whatever stood there before, in whatever language (RFC 5256 §2.1)."""

# ruff: noqa: RUF001
# The letters that look alike are other languages' own.

import re

# What mail programs put in front of answers.
ANSWER_WORDS = "re|aw|antw|sv|vs|odp|ynt|bls|ats|atb|rif|r|vá|回复|回覆|答复|答覆|رد"
# Some count them: Re[2]:, Re(3):, RE^4:.
_PREFIX = re.compile(
    rf"\s*(?:{ANSWER_WORDS})"
    r"\s{0,2}(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s{0,2}[:：]\s*",
    re.IGNORECASE,
)
# What lists and gateways put in front of everything: [EXTERNAL].
_MARK = re.compile(r"\s*\[[^\[\]]{0,60}\]\s*")


def reply_subject(subject: str) -> str:
    """The subject of the answer; marks in brackets stay."""
    marks, position = "", 0
    while found := _PREFIX.match(subject, position) or _MARK.match(subject, position):
        marks += found[0].lstrip() if found.re is _MARK else ""
        position = found.end()
    # An encoded word inside a decoded subject would be decoded a second time by readers.
    return f"Re: {marks}{subject[position:]}".replace("=?", "= ?").strip()
