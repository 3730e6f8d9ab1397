"""Address tricks: one mailbox is one mailbox, and it is the one that a person reads."""

import time

import pytest

from models.address import Address

TRICKS = {
    "two in one": "a@lab.test, eve@evil.test",
    "two brackets": "<a@lab.test> <eve@evil.test>",
    "route": "<@evil.test:a@lab.test>",
    "group": "friends: a@lab.test, eve@evil.test;",
    "percent and at": "a@lab.test@evil.test",
    "quoted local part": '"a@lab.test,eve"@evil.test',
    "address as name": "a@lab.test <eve@evil.test",
    "smtp parameter": "a@lab.test> NOTIFY=SUCCESS ORCPT=rfc822;eve@evil.test <x@lab.test",
    "comment inside": "a(x)@lab.test",
    "null": "a\0@lab.test",
    "right to left": "a\u202etset.live@lab.test",
    "zero width": "a\u200b@lab.test",
    "full-width at": "a\uff20lab.test",
    "no domain": "root",
    "source file": "/etc/passwd@lab.test\n",
    "pipe": "|sh@lab.test <",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_what_is_not_one_plain_address_is_refused(trick: str) -> None:
    """With a sentence, before anything is sent."""
    with pytest.raises(ValueError, match="not a mail address"):
        Address.parse(TRICKS[trick])


@pytest.mark.parametrize(
    "text",
    [
        "a" + " " * 500_000 + "b",
        '"a"' + " " * 500_000 + "b",
        '"' + '\\"' * 250_000,
        "<" * 500_000,
        "a (" * 200_000,
        "a@" * 250_000,
        "ä" * 500_000 + "@lab.test",
        "a." * 250_000 + "@lab.test",
    ],
    ids=lambda text: repr(text[:5]),
)
def test_long_nonsense_is_refused_at_once(text: str) -> None:
    """Half a megabyte of it takes no longer than reading it."""
    started = time.monotonic()
    with pytest.raises(ValueError, match="not a mail address"):
        Address.parse(text)
    assert time.monotonic() - started < 20
