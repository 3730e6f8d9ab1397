"""Letters become bytes (RFC 5322), and the bytes are read back before anybody sends them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import format_datetime, getaddresses
from pathlib import Path

from mail import attachment
from mail.enclosure import Enclosure
from mail.envelope import needs_smtputf8, wire_address
from mail.errors import InvalidContent
from mail.field import address_field, id_field, refuse_bad_name, text_field
from mail.inline_image import content_id, shown_in
from mail.letter import Letter
from mail.mime import Part, content_type, file_part, multipart, text_part
from mail.stylesheet import inlined
from models.address import Address

# RFC 3834 §5: auto-responders must not answer this one automatically.
_OURS = ("MIME-Version: 1.0", "Auto-Submitted: auto-generated")
# What `Letter.headers` may not say: composing says it, or nobody does.
_RESERVED = frozenset(
    (
        *("from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "return-path", "received"),
        *("message-id", "in-reply-to", "references", "mime-version", "auto-submitted"),
    )
)


def compose(letter: Letter) -> bytes:
    """The letter as it is sent: the same letter is the same bytes. Reads files, so call it in a thread."""
    utf8 = is_smtputf8(letter)
    fields = [*_fields(letter, utf8=utf8), *_OURS]
    message = bytes(_with_fields(fields, _content(letter)))
    _prove(message, letter, fields)
    return message


def is_smtputf8(letter: Letter) -> bool:
    """Whether the header needs raw UTF-8 (RFC 6532), since an address has a local part beyond ASCII."""
    return any(needs_smtputf8(mailbox.address) for mailbox in _mailboxes(letter))


def _mailboxes(letter: Letter) -> tuple[Address, ...]:
    return (letter.sender, *letter.to, *letter.cc, *letter.reply_to)


def _with_fields(fields: Iterable[str], part: Part) -> Part:
    return Part((*fields, *part.fields), part.body)


def _fields(letter: Letter, *, utf8: bool) -> Iterator[str]:
    yield f"Date: {format_datetime(letter.date)}"
    for name, mailboxes in _address_fields(letter):
        yield address_field(name, mailboxes, utf8=utf8)
    yield text_field("Subject", letter.subject, utf8=utf8)
    yield id_field("Message-ID", [letter.message_id])
    if letter.in_reply_to:
        yield id_field("In-Reply-To", [letter.in_reply_to])
    if letter.references:
        yield id_field("References", letter.references)
    yield from _further_fields(letter, utf8=utf8)


def _address_fields(letter: Letter) -> Iterator[tuple[str, tuple[Address, ...]]]:
    named = {"From": (letter.sender,), "To": letter.to, "Cc": letter.cc, "Reply-To": letter.reply_to}
    return ((name, mailboxes) for name, mailboxes in named.items() if mailboxes)


def _further_fields(letter: Letter, *, utf8: bool) -> Iterator[str]:
    for name, value in letter.headers.items():
        refuse_bad_name(name)
        if name.lower() in _RESERVED or name.lower().startswith(("content-", "resent-")):
            raise InvalidContent(f"{name} is not a further header field", field=name)
        yield text_field(name, value, utf8=utf8)


def _content(letter: Letter) -> Part:
    html = inlined(letter.html)
    files = (*(_local_file(path, letter) for path in letter.attachments), *letter.enclosures)
    shown, others = _parted(files, shown_in(html))
    body = _body(letter, html, shown)
    if not others:
        return body
    return multipart("mixed", [body, *map(file_part, others)], letter.message_id)


def _local_file(path: Path, letter: Letter) -> Enclosure:
    return Enclosure(
        content_type=content_type(path.name),
        octets=attachment.read(path),
        filename=path.name,
        content_id=content_id(path.name, letter.message_id),
    )


def _parted(
    files: Iterable[Enclosure], is_shown: Callable[[str], bool]
) -> tuple[tuple[Enclosure, ...], tuple[Enclosure, ...]]:
    """The files that the HTML shows, each once, and the others."""
    shown: dict[str, Enclosure] = {}
    others: list[Enclosure] = []
    for file in files:
        if is_shown(file.content_id) and file.content_id not in shown:
            shown[file.content_id] = file
        else:
            others.append(file)
    return tuple(shown.values()), tuple(others)


def _body(letter: Letter, html: str, shown: Sequence[Enclosure]) -> Part:
    if not html:
        return text_part(letter.text, "plain")
    rich = text_part(html, "html")
    if shown:
        pictures = [file_part(file, shown=True) for file in shown]
        rich = multipart("related", [rich, *pictures], letter.message_id, root_type="text/html")
    if not letter.text:
        return rich
    return multipart("alternative", [text_part(letter.text, "plain"), rich], letter.message_id)


def _prove(message: bytes, letter: Letter, fields: Iterable[str]) -> None:
    """Read the finished header as a stranger would: the same fields, the same addresses, or no letter."""
    header = HeaderParser(policy=compat32).parsestr(message.partition(b"\r\n\r\n")[0].decode())
    names = [field.partition(":")[0] for field in fields]
    if [name for name in header.keys() if not name.startswith("Content-")] != names:  # noqa: SIM118  repeats count
        raise InvalidContent("the header does not read back as it was written")
    for name, mailboxes in _address_fields(letter):
        found = [address for _, address in getaddresses([header[name]])]
        if found != [wire_address(mailbox.address) for mailbox in mailboxes]:
            raise InvalidContent(f"the addresses of {name} do not read back as they were written", field=name)
