"""The lines with which mail programs announce what they quote, in the languages they write them."""

# ruff: noqa: RUF001, SIM905
# The letters that look alike are other languages' own; a table of words reads best as words.

import re
from collections.abc import Sequence

# An attribution line wraps at 72 to 78 columns: four lines hold the longest name and address.
MAX_WRAPPED = 4
_ATTRIBUTION_LENGTH = 500
_ANNOUNCEMENT_LENGTH = 400

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,128}@[A-Za-z0-9.\-]{1,255}")
_SUBADDRESS = re.compile(r"\+[^@\s+]{1,64}@")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}|\d{4}|\d{1,2}/\d{1,2}|\d{1,2}[.-]\d{1,2}[.-]\d{2}")
_WROTE = re.compile(
    r"wrote|writes|schrieb|écrit|escribi|scri(?:tto|sse|ve\b)|escreveu|schreef|geschreven|napisał|napsal|napísal"
    r"|skrev|kirjoitti|írta|yazdı|έγραψε|пише|писал|написа|a scris|je napisao|kirjutas|rakst|parašė|viết"
    r"|menulis|写道|寫道|作成|書きました|のメール|작성|כתב|מאת|كتب|كتابة|ने लिखा|เขียน",
    re.IGNORECASE,
)
_SENTENCE_ENDS = (".", "!", "?", "。", "！", "？")
_DIGIT = re.compile(r"\d")
_ENDS = (":", "：", "---")
# Where the colon stands on a line of its own, or the program forgets it.
_OPEN_ENDS = ("wrote", "schrieb", "geschreven", "écrit")

_DASHED = re.compile(r"\s*[-_=]{3,80}[^-_=\n]{3,60}[-_=]{3,80}\s*")
_DASHED_WORDS = re.compile(
    r"original|forward|message|nachricht|mensaje|mensagem|messaggio|bericht|melding|meddel|viesti|wiadomo|zpráv"
    r"|сообщ|повідом|письмо|iletilen|ileti|üzenet|メッセージ|邮件|郵件|메시지|הודעה|رسال",
    re.IGNORECASE,
)
# Lotus Notes: -----SOC <soc@example.org> wrote: -----
_LOTUS = re.compile(r"\s*-{3,80}[^\n]{3,300}?: ?-{3,80}\s*")
_BAR = re.compile(r"\s*[-_=\u2500-\u2501]{10,200}\s*")

_LABEL = re.compile(r"[*_ \t]{0,6}([^\W\d_][^:：\n]{0,24}?)[ \u00a0]?\*{0,2}[:：]")
_SENDER_LABELS = frozenset(
    "from von de da van från fra från lähettäjä od nadawca отправитель от від feladó kimden gönderen από "
    "expéditeur remitente mittente afzender afsender avsender absender odesílatel odosielateľ expeditor "
    "差出人 送信者 发件人 寄件者 寄件人 보낸사람 발신 מאת من pengirim".split()
) | {"보낸 사람", "від кого", "от кого", "tőle"}
MIN_HEADER_LINES = 3
MAX_HEADER_LINES = 12


class Party:
    """Us, whose letters are quoted: our addresses and our name."""

    def __init__(self, addresses: Sequence[str], name: str) -> None:
        self._addresses = tuple(one.strip().casefold() for one in addresses if "@" in one)
        self._name = name.strip().casefold()

    def is_named_in(self, text: str) -> bool:
        """Whether the text has our name or an address of ours."""
        return (bool(self._name) and self._name in text.casefold()) or self.has_address_in(text)

    def has_address_in(self, text: str) -> bool:
        """Whether the text has an address of ours, with or without a tag (RFC 5233)."""
        folded = _SUBADDRESS.sub("@", text.casefold())
        return any(address in folded for address in self._addresses)


def is_quoted(line: str) -> bool:
    """RFC 3676 §4.5: quoted lines begin with ">"."""
    return line.lstrip().startswith(">")


def is_bar(line: str) -> bool:
    """A ruler, such as Outlook draws above the history."""
    return bool(_BAR.fullmatch(line))


def announcement_lines(lines: Sequence[str], start: int, us: Party) -> int:
    """How many lines from here announce a quote, in any of the known ways; 0 if none does."""
    return (
        _header_block_lines(lines, start, us)
        or int(_is_separator(lines[start]))
        or _attribution_lines(lines, start, us)
    )


def _is_separator(line: str) -> bool:
    """`-----Original Message-----` and its translations."""
    if len(line) > _ANNOUNCEMENT_LENGTH:
        return False
    dashed = _DASHED.fullmatch(line) and _DASHED_WORDS.search(line)
    return bool(dashed or (_ADDRESS.search(line) and _LOTUS.fullmatch(line)))


def _attribution_lines(lines: Sequence[str], start: int, us: Party) -> int:
    """How many lines from here are an attribution ("On … SOC wrote:"); 0 if this is none."""
    joined = ""
    for count in range(1, MAX_WRAPPED + 1):
        line = lines[start + count - 1].strip() if start + count <= len(lines) else ""
        if not line or is_quoted(line):
            return 0
        joined = f"{joined} {line}".strip()
        if len(joined) > _ATTRIBUTION_LENGTH:
            return 0
        if _is_attribution(joined, us, followed=quote_follows(lines, start + count)):
            return 0 if count > 1 and _is_answer(lines[start]) else count
    return 0


def _header_block_lines(lines: Sequence[str], start: int, us: Party) -> int:
    """How many lines from here are a copied header (From:, Sent:, To:, Subject:); 0 if this is none."""
    ruled = is_bar(lines[start]) or _is_separator(lines[start])
    top = _after_blank(lines, start + 1) if ruled else start
    end = top
    while end < min(len(lines), top + MAX_HEADER_LINES) and _is_header_line(lines[end], first=end == top):
        end += 1
    block = lines[top:end]
    if sum(bool(_LABEL.match(line)) for line in block) < MIN_HEADER_LINES:
        return 0
    # Our name alone may stand in any list that a person writes: "Team: SOC".
    return end - start if _names_a_sender(block[0]) or us.has_address_in("\n".join(block)) else 0


def quote_follows(lines: Sequence[str], start: int) -> bool:
    """Whether the next line that holds something is quoted."""
    following = _after_blank(lines, start)
    return following < len(lines) and is_quoted(lines[following])


def _is_attribution(text: str, us: Party, *, followed: bool) -> bool:
    bare = text.rstrip("-* ").rstrip()
    if not (bare.endswith(_ENDS) or bare.endswith(_OPEN_ENDS)):
        return False
    wrote, mine = bool(_WROTE.search(text)), us.is_named_in(text)
    when = bool(_TIME.search(_ADDRESS.sub("", text)))
    who = mine or bool(_ADDRESS.search(text))
    return when and ((who and (followed or mine or wrote)) or (followed and wrote))


def _after_blank(lines: Sequence[str], start: int) -> int:
    """The next line that holds something; programs leave one or two empty."""
    end = min(len(lines), start + MAX_WRAPPED)
    return next((at for at in range(start, end) if lines[at].strip()), end)


def _is_answer(line: str) -> bool:
    """A line that only happens to stand above an attribution: `Yes, that was me.`"""
    return line.rstrip().endswith(_SENTENCE_ENDS) or not (_DIGIT.search(line) or "@" in line)


def _is_header_line(line: str, *, first: bool) -> bool:
    if not line.strip() or is_quoted(line):
        return False
    return bool(_LABEL.match(line)) or (not first and line.lstrip().startswith("<"))


def _names_a_sender(line: str) -> bool:
    label = _LABEL.match(line)
    return label is not None and label[1].strip("*_ ").casefold() in _SENDER_LABELS
