"""Names under which files of strangers can be kept anywhere: one path component, nothing hidden in it."""

import mimetypes
import re
import unicodedata

# File systems take 255 octets; a number may have to be added.
LONGEST_OCTETS = 240
# What is longer is no extension that any program knows.
_LONGEST_EXTENSION_OCTETS = 20

_SEPARATOR = re.compile(r"[/\\]")
# Windows takes none of these in a name, and shells give most of them a meaning.
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_SPACE = re.compile(r"\s+")
# A leading dot hides a file or configures a server, a hyphen looks like an option, a tilde like a home.
_LEADING_OPTION = re.compile(r"\A[-~]+")
# Devices of Windows, whatever their extension.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])\Z", re.IGNORECASE)
_EXTENSION = re.compile(r"\.[^.\s]+\Z")
# Python's own table: the system's differ from machine to machine.
_TYPES = mimetypes.MimeTypes(filenames=())
_NESTED_MAIL = "message/rfc822"


def safe_name(claimed: str, content_type: str, number: int) -> str:
    """A claimed name made harmless; without one, `attachment-<number>` with the usual extension of its type."""
    name = _cut(_unreserved(_stripped(_visible(_last_component(claimed)))))
    if not name:
        return f"attachment-{number}{_usual_extension(content_type)}"
    is_bare_mail = content_type == _NESTED_MAIL and not name.lower().endswith(".eml")
    return f"{name}.eml" if is_bare_mail else name


def numbered(name: str, number: int) -> str:
    """The name for the second, third … file of one name: `report-2.pdf`."""
    if number == 1:
        return name
    stem, extension = _split(name)
    return f"{stem}-{number}{extension}"


def _last_component(claimed: str) -> str:
    """Some programs send the whole path of the file, and attackers any path they like."""
    parts = [part for part in _SEPARATOR.split(claimed) if part.strip(" .\0")]
    return parts[-1] if parts else ""


def _visible(name: str) -> str:
    """Without controls, direction overrides and other characters that cannot be seen."""
    spaced = _SPACE.sub(" ", name)
    seen = "".join(char for char in spaced if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    # What stood between two spaces and cannot be seen leaves one space.
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("_", _SPACE.sub(" ", seen)))


def _stripped(name: str) -> str:
    """Without dots and spaces around it: Windows drops them at the end, and a name of dots is no name."""
    return _LEADING_OPTION.sub("_", name.strip(" .")).strip(" .")


def _unreserved(name: str) -> str:
    device = name.partition(".")[0].strip()
    return f"_{name}" if _RESERVED.match(device) else name


def _cut(name: str) -> str:
    """The extension stays: by it people and programs judge a file."""
    stem, extension = _split(name)
    room = LONGEST_OCTETS - len(extension.encode())
    shortened = stem.encode()[:room].decode(errors="ignore")
    return f"{shortened}{extension}" if shortened == stem else f"{shortened.rstrip(' .')}{extension}"


def _split(name: str) -> tuple[str, str]:
    found = _EXTENSION.search(name, 1)
    extension = found[0] if found and len(found[0].encode()) <= _LONGEST_EXTENSION_OCTETS else ""
    return name.removesuffix(extension), extension


def _usual_extension(content_type: str) -> str:
    return ".eml" if content_type == _NESTED_MAIL else _TYPES.guess_extension(content_type, strict=False) or ".bin"
