"""Text that wants to keep a reader busy: how long we take for it, and whether twice the text takes twice as long.

python -m benchmarks.hostile
"""

import statistics
import time
from collections.abc import Callable, Mapping

from mail.reply_text import new_text, new_text_of_html
from models.pattern import matches

HALF = 100_000
WHOLE = 2 * HALF
# What one reply may take, and one pattern.
READING_LIMIT_SECONDS = 0.2
MATCHING_LIMIT_SECONDS = 0.05
REPEATS = 5
PATTERN_TEXT = 256 * 1024

# Each is repeated until the text is long enough.
SHAPES: Mapping[str, str] = {
    "open anchors": "<a ",
    "nested blocks": "<div>",
    "nested quotes": "<blockquote>",
    "nested tables": "<div><table><td></div>",
    "quotes in turn": "<blockquote>a</blockquote>b",
    "comments": "<!--<",
    "entities": "&#x41;&amp",
    "quote marks": ">",
    "quoted lines": ">\n",
    "inline answers": "> a\nb\n",
    "attributions": "On ",
    "half attributions": "On 10:15 a@b.c\n",
    "attributions of nobody": "2026 10:15 " + "x" * 30 + ":\n",
    "wrapped attributions": "On 10:15 a@b.c\nwrote\n> a\n",
    "addresses": "a" * 127 + "@",
    "long words": "a" * 380 + "@\n",
    "long words, announced": "2026 10:15 " + "a+" * 100 + "@:\n",
    "separators": "-" * 390 + "\n",
    "half separators": "---a" + "-a" * 30 + "\n",
    "labels": "From: a\n",
    "bare labels": "*" * 6 + "a" * 24 + " ",
    "Lotus headers": "a@b.c\n02.11.2026\n\nTo\n",
    "banners": "this came from outside\n",
    "tags": "[external]\n",
    "half tags": "[" * 60 + "external\n",
    "footers": "Sent from my iPhone\n",
    "half footers": "Sent from my iPhone" + "x" * 170 + "\n",
    "links": "<" + "x" * 140 + "\n",
    "disclaimers": "This e-mail is mine\n",
    "confidential disclaimers": "This e-mail is confidential " * 5 + "\n",
    "signatures": "-- \na\n",
    "empty lines": "\n",
    "spaces": " ",
    "invisible marks": "\u200b",
    "one line": "a",
}

# Each takes an engine that goes back hours for a text like `aaaa…!`, or an engine that builds states gigabytes.
PATTERNS = (
    r"(a+)+$",
    r"(a*)*$",
    r"(a|a)*$",
    r"(a|aa)+$",
    r"(a|a?)+$",
    r"(.*a){12}$",
    r"(.*)*=",
    r"(?:a+){10}$",
    r"a*a*a*a*a*a*a*a*b",
    r"(a?){25}a{25}$",
    r"([a-z]+)*[0-9]",
    r"(\w+\s?)*$[0-9]",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(x+x+)+y",
    r"((a{1,10}){1,10}){1,5}b",
    r"(out.*of.*office.*back.*on.*thanks)+$",
    r"^(\s|a)+[^\w]x$",
    r"([^@]+)+@[^@]+\.[a-z]{2,}",
    r"(<[^>]*>\s*)*</html>",
    r".*.*.*.*=.*.*.*",
)


def repeated(piece: str, characters: int) -> str:
    """A text of so many characters, or a little less."""
    return piece * (characters // len(piece))


def read_text(text: str) -> None:
    """Read a plain reply."""
    new_text(text, own_addresses=("soc@example.org",), own_name="SOC", sent_text="please reply YES")


def read_html(text: str) -> None:
    """Read an HTML reply."""
    new_text_of_html(text, own_addresses=("soc@example.org",), own_name="SOC", sent_text="please reply YES")


def main() -> int:
    """Print the figures; 1 where one is beyond its limit."""
    return int(not (_print_replies() & _print_patterns()))


def _print_replies() -> bool:
    print(f"replies of {WHOLE:,} characters                  text    times half      HTML    times half")
    slowest = 0.0
    for name, piece in SHAPES.items():
        row = ""
        for read in (read_text, read_html):
            half, whole = (_seconds(lambda: read(repeated(piece, size))) for size in (HALF, WHOLE))  # noqa: B023
            slowest = max(slowest, whole)
            row += f"{whole * 1000:8.1f} ms {whole / half:8.1f}  "
        print(f"  {name:34}{row}")
    return _print_slowest(slowest, READING_LIMIT_SECONDS)


def _print_patterns() -> bool:
    print(f"\nexclude patterns on {PATTERN_TEXT:,} characters")
    slowest = 0.0
    for pattern in PATTERNS:
        seconds = max(_seconds(lambda: matches(pattern, text)) for text in hostile_texts(PATTERN_TEXT))  # noqa: B023
        slowest = max(slowest, seconds)
        print(f"  {pattern:44}{seconds * 1000:8.1f} ms")
    return _print_slowest(slowest, MATCHING_LIMIT_SECONDS)


def hostile_texts(characters: int) -> tuple[str, ...]:
    """Texts that the patterns nearly match, in every place."""
    return tuple(repeated(piece, characters) + "!" for piece in ("a", "xx", "out of office back on ", "<a> ", "a@"))


def _print_slowest(slowest: float, limit: float) -> bool:
    print(f"  slowest {slowest * 1000:.1f} ms, allowed {limit * 1000:.0f} ms")
    return slowest < limit


def _seconds(run: Callable[[], object]) -> float:
    """Processor time: whatever else the machine does is not ours."""
    return statistics.median(_once(run) for _ in range(REPEATS))


def _once(run: Callable[[], object]) -> float:
    begun = time.process_time()
    run()
    return time.process_time() - begun


if __name__ == "__main__":
    raise SystemExit(main())
