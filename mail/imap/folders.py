"""Which folder serves which purpose (RFC 6154), also where the server does not say."""

from collections.abc import Iterable, Mapping

from mail.imap.response import Folder

# What servers and clients without SPECIAL-USE call them, the likelier name first.
_USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "\\sent": (
        "sent",
        "sent items",
        "sent messages",
        "sent mail",
        "gesendet",
        "gesendete elemente",
        "envoyés",
    ),
    "\\trash": (
        "trash",
        "deleted items",
        "deleted messages",
        "bin",
        "papierkorb",
        "gelöschte elemente",
        "corbeille",
    ),
    "\\drafts": ("drafts", "draft", "entwürfe", "brouillons"),
    "\\junk": ("junk", "spam", "junk e-mail", "junk email", "bulk mail"),
    "\\archive": ("archive", "archives", "archiv"),
}


def special_folder(folders: Iterable[Folder], use: str) -> str | None:
    r"""The folder for a use such as "\Sent"; what the server says goes before what a name suggests."""
    wanted = use.lower()
    usable = [folder for folder in folders if not folder.flags & {"\\noselect", "\\nonexistent"}]
    declared = (folder.name for folder in usable if wanted in folder.flags)
    return next(declared, None) or _by_name(usable, _USUAL_NAMES.get(wanted, ()))


def _by_name(folders: Iterable[Folder], names: tuple[str, ...]) -> str | None:
    known = {folder.last_name.casefold(): folder.name for folder in folders}
    return next((known[name] for name in names if name in known), None)
