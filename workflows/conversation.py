"""Who has answered a letter, who cannot, and whether it is over: nothing of Temporal, nothing of servers."""

from collections.abc import Iterable
from datetime import datetime

from models.folder import FolderOutcome
from models.send import RefusedRecipient
from models.wait import (
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


class Conversation:
    """The answers to one letter, one response per recipient."""

    def __init__(self, rules: WaitArguments, state: ConversationState) -> None:
        self._rules = rules
        self._responses = {response.recipient: response for response in state.responses}
        self._excluded = list(state.excluded)
        self._seen = dict.fromkeys(state.seen)

    @classmethod
    def begin(cls, rules: WaitArguments, recipients: Iterable[str]) -> "Conversation":
        """Nobody has answered yet."""
        responses = {address: Response(recipient=address) for address in recipients}
        return cls(rules, ConversationState(responses=tuple(responses.values())))

    @property
    def state(self) -> ConversationState:
        """All of it, for a run that continues as new."""
        return ConversationState(responses=self.responses, excluded=self.excluded, seen=tuple(self._seen))

    @property
    def responses(self) -> tuple[Response, ...]:
        """One per recipient, in the order of the letter."""
        return tuple(self._responses.values())

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        """What belongs to the conversation and does not count, and why."""
        return tuple(self._excluded)

    @property
    def pending(self) -> tuple[str, ...]:
        """Those who can still answer."""
        return tuple(one.recipient for one in self.responses if one.state == "pending")

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

    def take(self, reply: ReadReply, deadline: datetime) -> None:
        """Count one message of the conversation; the same message counts once, a late one not at all."""
        if reply.arrived > deadline or any(identity in self._seen for identity in reply.identities):
            return
        self._seen |= dict.fromkeys(reply.identities)
        for bounced in reply.bounces:
            self._bounce(bounced)
        if reply.kind == "bounce":
            return
        if reason := self._why_excluded(reply):
            self._exclude(reply.response, reason)
        elif self._responses[reply.response.recipient].state != "replied":
            self._responses[reply.response.recipient] = reply.response

    def holds(self, response: Response) -> bool:
        """Whether this very answer is the one that counts."""
        return self._responses.get(response.recipient) is response

    def record(self, response: Response) -> None:
        """Count an answer that came another way."""
        self._responses[response.recipient] = response

    def refuse(self, refused: Iterable[RefusedRecipient]) -> None:
        """Those whom the letter never reached cannot answer."""
        for one in refused:
            bounce = Bounce(status=str(one.code), diagnostic=one.message)
            self._bounce(Response(recipient=one.address, state="bounced", bounce=bounce))

    def recipient(self, address: str) -> str | None:
        """The recipient that an address means, whatever its case."""
        matching = (one for one in self._responses if one.casefold() == address.strip().casefold())
        return next(matching, None)

    def _why_excluded(self, reply: ReadReply) -> ExclusionReason | None:
        rules, verdict = self._rules, reply.response.authentication
        if reply.kind == "auto_reply" and rules.ignore_auto_replies:
            return "auto_reply"
        if reply.response.recipient not in self._responses:
            return "unknown_sender"
        if rules.reply_authentication == "require" and (verdict is None or verdict.result != "pass"):
            return "unauthenticated"
        return "exclude_pattern" if reply.matches_exclude_pattern else None

    def _exclude(self, response: Response, reason: ExclusionReason) -> None:
        self._excluded.append(
            Excluded(
                sender=response.sender or "",
                message_id=response.message_id,
                date=response.date,
                reason=reason,
            )
        )

    def _bounce(self, bounced: Response) -> None:
        known = self._responses.get(bounced.recipient)
        if known is not None and known.state == "pending":
            self._responses[bounced.recipient] = bounced

    def _anybody(self, state: str) -> bool:
        return any(one.state == state for one in self.responses)

    def _everybody(self, state: str) -> bool:
        return all(one.state == state for one in self.responses)
