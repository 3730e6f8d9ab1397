"""A server's reply (RFC 5321 §4.2), and what a bad one means."""

import re
from dataclasses import dataclass

from mail.errors import AuthenticationFailed, MailError, MessageRejected, ServerUnavailable
from mail.push_back import pause_asked

CLOSING = 421
START_MAIL_INPUT = 354
MAILBOX_NAME_NOT_ALLOWED = 553
# RFC 3463 §3.8: 4.7.x are matters of policy, and for now: this client, at this time.
_POLICY = re.compile(r"4\.7\.\d")
# A mailbox of somebody else's, and a letter with too many recipients, say nothing about our pace.
_NOT_OUR_PACE = re.compile(r"^4\.(?:[12]\.\d|5\.3)|too many (?:invalid )?recipients|gr[ea]y-?list", re.IGNORECASE)
_AUTHENTICATION_REQUIRED = 530  # RFC 4954 §6
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
# Some servers answer with a page of policy.
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """Its code, and its text as one line that people can read."""

    code: int
    text: str

    @classmethod
    def of(cls, code: int, text: str) -> "Reply":
        """A reply as it came, its lines joined."""
        return cls(code, _SPACE.sub(" ", text).strip()[:_LONGEST_TEXT])

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    @property
    def positive(self) -> bool:
        """Whether the server did as it was asked (2yz)."""
        return 200 <= self.code < 300  # noqa: PLR2004  the first digit decides

    @property
    def final(self) -> bool:
        """Whether asking again cannot help (5yz)."""
        return 500 <= self.code < 600  # noqa: PLR2004

    @property
    def pause(self) -> float | None:
        """For how many seconds the server wants no more of our letters; 0 = it does not say, None = it takes them."""
        return pause_asked(self.text) if self._may_mean_us else None

    @property
    def pause_for_policy(self) -> float | None:
        """As `pause`, where nobody but us can be meant: at the door, after MAIL, after the letter."""
        return 0.0 if self.pause is None and self._may_mean_us and _POLICY.match(self.text) else self.pause

    @property
    def _may_mean_us(self) -> bool:
        return 400 <= self.code < 500 and not _NOT_OUR_PACE.search(self.text)  # noqa: PLR2004


def letter_error(reply: Reply, where: str) -> MailError:
    """Why a letter was not taken."""
    if reply.code == _AUTHENTICATION_REQUIRED:
        return AuthenticationFailed(f"{where} wants a log-in first: {reply}", code=reply.code)
    if reply.final:
        return MessageRejected(f"{where} refuses the letter: {reply}", code=reply.code, reply=reply.text)
    return ServerUnavailable(
        f"{where} does not take the letter now: {reply}", code=reply.code, retry_after=reply.pause_for_policy
    )


def login_error(reply: Reply, where: str, *secrets: str) -> MailError:
    """Why a log-in failed; secrets that the server repeats are left out."""
    said = str(reply)
    for secret in filter(None, secrets):
        said = said.replace(secret, "…")
    if 400 <= reply.code < 500:  # noqa: PLR2004
        return ServerUnavailable(
            f"{where} lets nobody in now: {said}", code=reply.code, retry_after=reply.pause_for_policy
        )
    return AuthenticationFailed(f"{where} refuses the log-in: {said}", code=reply.code)
