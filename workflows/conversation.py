"""Who has answered a letter, who cannot, and whether it is over: nothing of Temporal, nothing of servers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from models.folder import FolderOutcome
from models.send import RefusedRecipient
from models.wait import (
    Absence,
    Bounce,
    Excluded,
    ExclusionReason,
    MessagePointer,
    ReadReply,
    Response,
    WaitArguments,
    WaitStatus,
)
from models.wait_state import ConversationState

# A note says what it has to say in its first lines; all of them together stay small beside the answers.
_ABSENCE_CHARACTERS = 2_000
_TOLD_TEXTS = 25
# Whoever has the letter can flood it with mail: all that a wait knows must fit into the 2 MiB that Temporal carries.
_LISTED_EXCLUSIONS = 500
# What a message meant to the wait.
Outcome = Literal["replied", "bounced", "ignored"] | ExclusionReason


class Conversation:
    """The answers to one letter, one response per recipient."""

    def __init__(self, rules: WaitArguments, state: ConversationState) -> None:
        self._rules = rules
        self._responses = {response.recipient: response for response in state.responses}
        self._excluded = list(state.excluded)
        self._more_excluded = state.more_excluded
        self._seen = dict.fromkeys(state.seen)

    @classmethod
    def begin(cls, rules: WaitArguments, recipients: Iterable[str]) -> "Conversation":
        """Nobody has answered yet."""
        responses = {address: Response(recipient=address) for address in recipients}
        return cls(rules, ConversationState(responses=tuple(responses.values())))

    @property
    def state(self) -> ConversationState:
        """All of it, for a run that continues as new."""
        return ConversationState(
            responses=self.responses,
            excluded=self.excluded,
            more_excluded=self.more_excluded,
            seen=tuple(self._seen),
        )

    @property
    def responses(self) -> tuple[Response, ...]:
        """One per recipient, in the order of the letter."""
        return tuple(self._responses.values())

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        """What belongs to the conversation and does not count, and why."""
        return tuple(self._excluded)

    @property
    def more_excluded(self) -> int:
        """How many more than are listed do not count."""
        return self._more_excluded

    @property
    def pending(self) -> tuple[str, ...]:
        """Those who can still answer."""
        return tuple(one.recipient for one in self.responses if one.state == "pending")

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whose answers are asked for."""
        return tuple(self._responses)

    @property
    def over(self) -> bool:
        """Whether all has come that was asked for, or nobody is left who could answer."""
        first_is_enough = not self._rules.wait_for_all_recipients_to_reply
        return not self.pending or (first_is_enough and self._anybody("replied"))

    @property
    def status(self) -> WaitStatus:
        """What the conversation came to, if nothing more happens."""
        if not self._anybody("replied"):
            return "timed_out" if self.pending else "undeliverable"
        satisfied = not self._rules.wait_for_all_recipients_to_reply or self._everybody("replied")
        return "replied" if satisfied else "partially_replied"

    def knows(self, pointer: MessagePointer) -> bool:
        """Whether this very message has been counted or excluded."""
        return pointer.identity in self._seen

    def counted(self, folders: Iterable[FolderOutcome]) -> tuple[FolderOutcome, ...]:
        """The folders with the number of messages of this conversation that came from each."""
        places = [identity.split("/", 2)[2] for identity in self._seen if identity.startswith("uid:")]
        return tuple(one.model_copy(update={"matched": places.count(one.name)}) for one in folders)

    def take(self, reply: ReadReply, deadline: datetime) -> Outcome:
        """Count one message of the conversation; the same message counts once, a late one not at all."""
        if reply.arrived > deadline or any(identity in self._seen for identity in reply.identities):
            return "ignored"
        # In a flood its place, which comes first, has to do.
        self._seen |= dict.fromkeys(reply.identities[:1] if self._lists_no_more else reply.identities)
        for bounced in reply.bounces:
            self._bounce(bounced)
        if reply.kind == "bounce" and (reply.bounces or not reply.tied):
            return "bounced" if reply.bounces else "ignored"
        if reason := self._why_excluded(reply):
            self._exclude(reply, reason)
            return reason
        self._responses[reply.response.recipient] = reply.response
        return "replied"

    def holds(self, response: Response) -> bool:
        """Whether this very answer is the one that counts."""
        return self._responses.get(response.recipient) is response

    def record(self, response: Response) -> None:
        """Count an answer that came another way."""
        self._responses[response.recipient] = response

    def refuse(self, refused: Iterable[RefusedRecipient]) -> None:
        """Those whom the letter never reached cannot answer."""
        for one in refused:
            code = str(one.code) if one.code else ""
            bounce = Bounce(code=code, status=str(one.code), diagnostic=one.message, recipient=one.address)
            self._bounce(Response(recipient=one.address, state="bounced", bounce=bounce))

    def recipient(self, address: str) -> str | None:
        """The recipient that an address means, whatever its case."""
        matching = (one for one in self._responses if one.casefold() == address.strip().casefold())
        return next(matching, None)

    def _why_excluded(self, reply: ReadReply) -> ExclusionReason | None:
        rules, verdict = self._rules, reply.response.authentication
        if reply.kind == "bounce":
            return "delivery_report"
        if reply.kind == "auto_reply" and rules.ignore_auto_replies:
            return "auto_reply"
        if reply.response.recipient not in self._responses:
            return "unknown_sender"
        if rules.reply_authentication == "require" and (verdict is None or verdict.result != "pass"):
            return "unauthenticated"
        if reply.matches_exclude_pattern:
            return "exclude_pattern"
        return "answered_before" if self._responses[reply.response.recipient].state == "replied" else None

    @property
    def _lists_no_more(self) -> bool:
        return len(self._excluded) >= _LISTED_EXCLUSIONS

    def _exclude(self, reply: ReadReply, reason: ExclusionReason) -> None:
        if self._lists_no_more:
            self._more_excluded += 1
            return
        response = reply.response
        self._excluded.append(
            Excluded(
                sender=response.sender or "",
                message_id=response.message_id,
                date=response.date,
                reason=reason,
                rule=reply.rule,
                **self._told(reply, reason),
            )
        )

    def _told(self, reply: ReadReply, reason: ExclusionReason) -> dict[str, Any]:
        """What an absence or a second thought says; of a few, for two responders that answer each other do not end."""
        told = sum(one.text is not None for one in self._excluded)
        says_something = reply.kind == "auto_reply" or reason == "answered_before"
        if not says_something or told >= _TOLD_TEXTS:
            return {}
        said = reply.response.content or reply.response.full_text or ""
        return {"text": said[:_ABSENCE_CHARACTERS], **dict(reply.absence or Absence())}

    def _bounce(self, bounced: Response) -> None:
        known = self._responses.get(bounced.recipient)
        if known is not None and known.state == "pending":
            self._responses[bounced.recipient] = bounced

    def _anybody(self, state: str) -> bool:
        return any(one.state == state for one in self.responses)

    def _everybody(self, state: str) -> bool:
        return all(one.state == state for one in self.responses)
