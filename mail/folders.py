"""Each of several folders in its turn: what became of it is told, and one at least must exist."""

from collections.abc import AsyncGenerator, Collection, Sequence

from mail.errors import FolderNotFound
from mail.imap.response import FolderStatus
from mail.imap.session import ImapSession
from models.folder import FolderOutcome


class Folders:
    """The folders of one request."""

    def __init__(self, session: ImapSession, names: Sequence[str]) -> None:
        self._session = session
        self._names = tuple(dict.fromkeys(names))
        self._outcomes: dict[str, FolderOutcome] = {}

    async def opened(self) -> AsyncGenerator[FolderStatus, None]:
        """Each folder that can be opened, for reading; FolderNotFound at the end when there was none."""
        for name in self._names:
            try:
                status = await self._session.examine(name)
            except FolderNotFound as error:
                denied = error.details.get("denied")
                self._outcomes[name] = FolderOutcome(name=name, status="denied" if denied else "not_found")
                continue
            self._outcomes[name] = FolderOutcome(name=name, status="searched")
            yield status
        self._require_any()

    def matched(self, name: str, count: int) -> None:
        """So many messages of this folder are meant."""
        self._outcomes[name] = self._outcomes[name].model_copy(update={"matched": count})

    @property
    def outcomes(self) -> tuple[FolderOutcome, ...]:
        """What became of each, in the order of the request."""
        return tuple(self._outcomes.values())

    def _require_any(self) -> None:
        if all(outcome.status != "searched" for outcome in self._outcomes.values()):
            raise FolderNotFound(
                f"none of the folders can be searched: {', '.join(map(repr, self._names))}",
                folders=_plain(self.outcomes),
            )


def _plain(outcomes: Collection[FolderOutcome]) -> list[dict[str, object]]:
    return [outcome.model_dump() for outcome in outcomes]
