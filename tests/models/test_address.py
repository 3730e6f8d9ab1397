"""Addresses as people and SOARs write them."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from models.address import Address, Addresses, split_list
from models.send import SendEmailRequest
from tests.models.conftest import Refusal

ADDRESSES: TypeAdapter[tuple[Address, ...]] = TypeAdapter(Addresses)
PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40)


@pytest.mark.parametrize(
    "given",
    [
        '"Doe, Jane" <jane@example.org>, bob@example.org',
        '"Doe, Jane" <jane@example.org>; bob@example.org',
        ['"Doe, Jane" <jane@example.org>', "bob@example.org"],
        '["\\"Doe, Jane\\" <jane@example.org>", "bob@example.org"]',
        ' "Doe, Jane"<jane@example.org> ,, <bob@example.org>, ',
    ],
)
def test_a_list_is_an_array_or_one_string(given: object) -> None:
    """The comma inside double quotes belongs to the name."""
    jane, bob = ADDRESSES.validate_python(given)
    assert (jane.name, jane.address) == ("Doe, Jane", "jane@example.org")
    assert (bob.name, bob.address) == ("", "bob@example.org")


@pytest.mark.parametrize(
    "given",
    [
        "Team: Jane <jane@example.org>, bob@example.org;",
        '"The team: at night": jane@example.org; Others: bob@example.org;',
        "undisclosed-recipients:;, jane@example.org, bob@example.org",
    ],
)
def test_a_group_is_its_members(given: str) -> None:
    """RFC 5322 §3.4: an address list may name groups, empty ones too."""
    assert [mailbox.address for mailbox in ADDRESSES.validate_python(given)] == ["jane@example.org", "bob@example.org"]


@pytest.mark.parametrize("given", [None, "", [], "[]", [""], " , ;", "undisclosed-recipients:;"])
def test_nothing_is_an_empty_list(given: object) -> None:
    """Temporal's HTTP API turns [] into null, SOARs into an empty string."""
    assert ADDRESSES.validate_python(given) == ()


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("jane@example.org (Jane)", "Jane", "jane@example.org"),
        (r'"Jane \"JD\" Doe" <jane@example.org>', 'Jane "JD" Doe', "jane@example.org"),
        ("Jörg Müller <joerg@bücher.example>", "Jörg Müller", "joerg@bücher.example"),
        ("müller@example.org", "", "müller@example.org"),
        ("Jane@EXAMPLE.org", "", "Jane@example.org"),
        ("jane@corp.local", "", "jane@corp.local"),
        ("root@localhost", "", "root@localhost"),
    ],
)
def test_names_and_addresses_are_read_as_people_write_them(written: str, name: str, address: str) -> None:
    """Names of any language, and domains that the Internet does not know."""
    mailbox = Address.parse(written)
    assert (mailbox.name, mailbox.address) == (name, address)


@pytest.mark.parametrize(
    "written",
    [
        "jane",
        "jane@",
        "@example.org",
        "Doe, Jane <jane@example.org>",
        "jane@example.org bob@example.org",
        "Jane <jane@example.org",
        "jane@example.org\r\nBcc: eve@example.org",
        '"Jane\r\nBcc: eve@example.org" <jane@example.org>',
        "jane\x00@example.org",
        "jane@[127.0.0.1]",
        "[" * 100_000,
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    """Above all what would write a header of its own."""
    with pytest.raises(ValidationError):
        ADDRESSES.validate_python(written)


def test_an_object_is_no_way_round_the_checks(send_request: Callable[..., SendEmailRequest], refusal: Refusal) -> None:
    """An address is a string; its parts cannot be slipped in."""
    smuggled = {"address": "jane@example.org\r\nBcc: eve@example.org", "name": "Jane"}
    assert "recipients.0: an address is a string" in refusal(send_request, recipients=[smuggled]).message


def test_whoever_is_named_twice_counts_once() -> None:
    """One letter, one awaited answer, in the order of the first mention."""
    mailboxes = ADDRESSES.validate_python("Ann <ann@example.org>, bob@example.org, ANN@Example.org")
    assert [str(one) for one in mailboxes] == ["Ann <ann@example.org>", "bob@example.org"]


@given(PRINTABLE)
def test_any_name_survives_being_written_and_read_again(name: str) -> None:
    """Workflows pass mailboxes on as text."""
    mailbox = Address(address="jane@example.org", name=" ".join(name.split()))
    assert Address.parse(str(mailbox)) == mailbox


@given(st.lists(PRINTABLE, min_size=1, max_size=5))
def test_any_list_survives_being_written_and_read_again(names: list[str]) -> None:
    """Commas, quotes and brackets in one name leave the other mailboxes alone."""
    mailboxes = tuple(
        Address(address=f"p{number}@example.org", name=" ".join(name.split())) for number, name in enumerate(names)
    )
    assert ADDRESSES.validate_json(ADDRESSES.dump_json(mailboxes)) == mailboxes
    assert ADDRESSES.validate_python(", ".join(map(str, mailboxes))) == mailboxes


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """What is read holds no control character and as many addresses as were written."""
    try:
        mailboxes = ADDRESSES.validate_python(text)
    except ValidationError:
        return
    assert not re.search(r"[\x00-\x1f]", "".join(map(str, mailboxes)))
    assert len(mailboxes) <= len(list(split_list(text, ",;")))
