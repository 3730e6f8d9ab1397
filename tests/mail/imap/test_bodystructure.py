"""The tree of parts has the section numbers that FETCH understands."""

from mail.body import walk
from mail.imap.bodystructure import body_part
from mail.imap.tokens import values
from mail.structure import BodyPart

TEXT = b'("TEXT" "PLAIN" ("CHARSET" "UTF-8") NIL NIL "7BIT" 12 1)'
IMAGE = b'("IMAGE" "PNG" ("NAME" "a.png") "<cid@x>" NIL "BASE64" 500 NIL ("INLINE" ("FILENAME" "a.png")) NIL NIL)'
MESSAGE = (
    b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 99 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) '
    + TEXT
    + b' 5 NIL ("ATTACHMENT" ("FILENAME" "m.eml")) NIL NIL)'
)


def parsed(text: bytes) -> BodyPart:
    (structure,) = values((text,))
    return body_part(structure)


def sections(part: BodyPart) -> list[tuple[str, str]]:
    return [(part.section, part.content_type) for part, _ in walk(part)]


def test_a_single_part_is_section_one() -> None:
    """A message without multipart is fetched as section 1."""
    part = parsed(TEXT)
    assert sections(part) == [("1", "text/plain")]
    assert (part.parameters, part.encoding, part.size) == ({"charset": "UTF-8"}, "7bit", 12)


def test_nested_multiparts_count_through() -> None:
    """Parts of a part have its number before theirs; the top has none."""
    related = b"(" + TEXT + IMAGE + b' "RELATED" ("TYPE" "text/html") NIL NIL)'
    whole = parsed(b"(" + TEXT + related + MESSAGE + b' "MIXED" ("BOUNDARY" "b") NIL NIL)')
    assert sections(whole) == [
        ("", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "multipart/related"),
        ("2.1", "text/plain"),
        ("2.2", "image/png"),
        ("3", "message/rfc822"),
    ]
    assert (whole.parameters, whole.children[1].parameters) == ({"boundary": "b"}, {"type": "text/html"})


def test_a_forwarded_message_is_a_leaf_with_its_file_name() -> None:
    """The disposition of a message/rfc822 stands behind its envelope, body and lines."""
    part = parsed(MESSAGE)
    assert (part.children, part.size, part.disposition) == ((), 99, "attachment")
    assert part.disposition_parameters == {"filename": "m.eml"}


def test_disposition_and_content_id_are_read() -> None:
    """What makes an image inline is there before anything is loaded."""
    part = parsed(IMAGE)
    assert (part.disposition, part.content_id, part.encoding) == ("inline", "<cid@x>", "base64")


def test_short_answers_leave_the_rest_empty() -> None:
    """Servers that omit extension data, or say NIL where text belongs, are understood."""
    part = parsed(b'("APPLICATION" "PDF" NIL NIL NIL NIL NIL)')
    assert part == BodyPart("1", "application/pdf")
