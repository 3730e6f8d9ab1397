"""Bytes to text, whatever a message says about its charset (RFC 2045 §5, RFC 2047)."""

import codecs
import re

# What senders write, and the superset that mail readers decode it with (WHATWG Encoding, §4.2).
_MEANT = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso-8859-8",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "utf8mb4": "utf-8",
}
# Not charsets of mail: each lets plain ASCII spell characters that a filter before us did not see,
# or (idna, punycode) takes quadratic time.
_REFUSED = frozenset({"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
# RFC 2978 §2.3 admits 40 characters; a longer name is not a charset.
_NAME = re.compile(r"[A-Za-z0-9!#$%&'+^_`{}~:.()-]{1,40}")
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode(data: bytes, charset: str = "") -> str:
    """The text of these bytes: by the declared charset if it fits, else UTF-8, else Windows-1252."""
    for codec in (_codec(charset), "utf-8"):
        text = _fitting(data, codec)
        if text is not None:
            return _SURROGATES.sub("\ufffd", text)
    return _best_guess(data)


def _codec(charset: str) -> str:
    name = charset.strip().strip("\"'").partition("*")[0].lower()  # RFC 2231 §5: charset*language
    if not _NAME.fullmatch(name):
        return "utf-8"
    try:
        canonical = codecs.lookup(_MEANT.get(name, name)).name
        if canonical in _REFUSED:
            return "utf-8"
        b" ".decode(canonical, "ignore")  # base64, zip and their like are codecs too, but not of text
    except LookupError:
        return "utf-8"
    return canonical


def _fitting(data: bytes, codec: str) -> str | None:
    """The text if all bytes fit; a last character may be cut."""
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        text = decoder.decode(data)
    except ValueError:
        return None
    cut, _ = decoder.getstate()
    return None if cut and text.isascii() else text  # a lone odd byte after ASCII is another charset's letter


def _best_guess(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    foreign = sum(byte >= 0x80 for byte in data)  # noqa: PLR2004 - the first that is not ASCII
    # A stray byte in UTF-8 spoils one character; other charsets read as UTF-8 spoil most of them.
    if text.count("\ufffd") * 4 < foreign:
        return text
    return data.decode("cp1252", "replace")
