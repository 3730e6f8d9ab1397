"""What really happened, counted from the mailboxes and the storage themselves."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

from chaos.acts import Ended
from chaos.files import SAVED_NAME, content, deleted_id, kept_id, moved_id
from chaos.plan import Act, Step
from chaos.stage import DESTINATION, GREYLISTED, OLD, PERSON, SENT, SOURCE, US, Stage
from mail.errors import SendOutcomeUnknown
from models.delete import DeleteEmailResult
from models.download import DownloadEmailAttachmentsResult
from models.move import MoveEmailToFolderResult
from models.save import SaveEmailAttachmentsToCaseResult
from models.send import SendEmailResult
from models.send_and_wait import SendEmailAndWaitResult
from models.wait import WaitResult

# Exim's name for a letter it has taken: one that went to the mailbox twice under one name was sent once.
_TAKEN_AS = re.compile(rb"\bid (\w{6}-\w{6,11}-\w{2,4})\b")


@dataclass
class Row:
    """One line of the table."""

    name: str
    asked: int = 0
    done: int = 0
    unknown: int = 0  # surfaced, and the mailbox agrees with either outcome
    lost: list[str] = field(default_factory=list[str])
    double: list[str] = field(default_factory=list[str])
    stuck: list[str] = field(default_factory=list[str])

    def count(self, what: str, times: int, *, promised: bool, unknown: bool = False, why: str = "") -> None:
        """Once where it was promised, never twice; where the caller was told that nobody knows, once at most."""
        self.asked += 1
        if times > 1:
            self.double.append(f"{what}: {times} times {why}")
        elif unknown:
            self.unknown += 1
        elif times == 1 and promised:
            self.done += 1
        else:
            self.lost.append(f"{what}: {times} times, promised: {promised} {why}")


class Tally:
    """The rows of the table."""

    def __init__(self, stage: Stage, ended: Sequence[Ended], unfinished: Iterable[Step]) -> None:
        self._stage = stage
        self._ended = ended
        self._unfinished = tuple(unfinished)

    def rows(self) -> Iterator[Row]:
        """Count everything."""
        yield self._letters()
        yield self._copies()
        yield self._answers()
        yield self._moves()
        yield self._deletions()
        yield self._saves()
        yield self._downloads()

    def _of(self, row: Row, *acts: Act) -> Iterator[Ended]:
        """How those acts ended; those that did not are stuck."""
        stuck = [step for step in self._unfinished if step.what in acts]
        row.asked += len(stuck)
        row.stuck += [f"{step.what} {step.number}" for step in stuck]
        return (one for one in self._ended if one.step.what in acts)

    def _letters(self) -> Row:
        row = Row("letters delivered")
        here, there = (self._delivered(name) for name in (PERSON, GREYLISTED))
        for one in self._of(row, Act.SEND, Act.ASK):
            subject = f"{one.step.what} {one.step.number}"
            sent = _sent(one)
            unknown = one.failure == SendOutcomeUnknown.type
            row.count(subject, here[subject], promised=sent is not None, unknown=unknown, why=_why(one))
            if one.step.greylisted:
                doubtful = unknown or bool(sent and any("may or may not" in no.message for no in sent.refused))
                promised = bool(sent and not sent.refused)
                row.count(f"{subject} (greylisted)", there[subject], promised=promised, unknown=doubtful, why=_why(one))
        return row

    def _copies(self) -> Row:
        """In Sent, of every letter that went out and whose result does not say that there is none."""
        row = Row("copies in Sent")
        filed = Counter(_subject(raw) for raw in self._stage.lab.messages(US, SENT))
        for one in self._of(row, Act.SEND, Act.ASK):
            sent = _sent(one)
            if sent and "no copy" not in sent.message:
                subject = f"{one.step.what} {one.step.number}"
                row.count(subject, filed[subject], promised=True)
        return row

    def _answers(self) -> Row:
        row = Row("answers counted")
        for one in self._of(row, Act.ASK, Act.WAIT):
            what = f"{one.step.what} {one.step.number}"
            if one.failure == SendOutcomeUnknown.type:
                row.count(what, 0, promised=False, unknown=True)
                continue
            result = one.result if isinstance(one.result, WaitResult) else None
            texts = [response.content for response in result.responses] if result else []
            row.count(what, texts.count(f"Answer {one.step.number}."), promised=True, why=_why(one))
            if result and len(result.excluded) > 1:
                row.double.append(f"{what}: its out-of-office note counts {len(result.excluded)} times")
        return row

    def _moves(self) -> Row:
        row = Row("messages moved")
        here, there = (Counter(map(_message_id, self._stage.lab.messages(US, name))) for name in (SOURCE, DESTINATION))
        for one in self._of(row, Act.MOVE):
            message_id = moved_id(one.step.number)
            promised = isinstance(one.result, MoveEmailToFolderResult) and one.result.status == "moved"
            row.count(message_id, here[message_id] + there[message_id], promised=promised, why=_why(one))
            if promised and here[message_id]:
                row.lost.append(f"{message_id} has stayed where it was")
        return row

    def _deletions(self) -> Row:
        row = Row("messages deleted")
        left = Counter(map(_message_id, self._stage.lab.messages(US, OLD)))
        for one in self._of(row, Act.DELETE):
            message_id, neighbour = deleted_id(one.step.number), kept_id(one.step.number)
            told = len(one.result.deleted) if isinstance(one.result, DeleteEmailResult) else 0
            row.count(message_id, told, promised=not left[message_id], why=_why(one))
            if left[neighbour] != 1:
                row.lost.append(f"{neighbour}, which nobody has touched")
        return row

    def _saves(self) -> Row:
        row = Row("files saved")
        for one in self._of(row, Act.SAVE):
            case = self._stage.cases / f"{one.step.what}-{one.step.number}"
            files = [path for path in case.rglob(f"*{SAVED_NAME}*") if path.is_file()]
            promised = isinstance(one.result, SaveEmailAttachmentsToCaseResult) and one.result.status == "saved"
            whole = [path for path in files if path.read_bytes() == content(one.step.number)]
            row.count(case.name, len(whole), promised=promised, why=_why(one))
            manifest = (case / "manifest.jsonl").read_text().splitlines() if promised else [""]
            if len(files) > 1 or len(manifest) != 1:
                row.double.append(f"{case.name}: {len(files)} files, {len(manifest)} lines")
        return row

    def _downloads(self) -> Row:
        row = Row("files downloaded")
        for one in self._of(row, Act.DOWNLOAD):
            folder = self._stage.downloads / f"{one.step.what}-{one.step.number}"
            files = list(folder.iterdir()) if folder.exists() else []
            promised = isinstance(one.result, DownloadEmailAttachmentsResult) and one.result.status == "downloaded"
            whole = [path for path in files if path.read_bytes() == content(one.step.number)]
            row.count(folder.name, len(whole), promised=promised, why=_why(one))
            if len(files) > 1:
                row.double.append(f"{folder.name}: {sorted(path.name for path in files)}")
        return row

    def _delivered(self, name: str) -> Counter[str]:
        """How often Exim took each letter that lies in somebody's mailbox, by subject."""
        taken = {(_subject(raw), _taken_as(raw)) for raw in self._stage.lab.messages(name)}
        return Counter(subject for subject, _ in taken)


def _sent(ended: Ended) -> SendEmailResult | None:
    result = ended.result
    return result.sent if isinstance(result, SendEmailAndWaitResult) else _as_sent(result)


def _as_sent(result: object) -> SendEmailResult | None:
    return result if isinstance(result, SendEmailResult) else None


def _why(ended: Ended) -> str:
    return (ended.words and f"({ended.failure}: {ended.words})") or (ended.result.message if ended.result else "")


def _taken_as(raw: bytes) -> bytes:
    found = _TAKEN_AS.search(raw)
    return found[1] if found else b""


def _subject(raw: bytes) -> str:
    return str(message_from_bytes(raw, policy=default)["Subject"])


def _message_id(raw: bytes) -> str:
    return str(message_from_bytes(raw, policy=default)["Message-ID"]).strip()
