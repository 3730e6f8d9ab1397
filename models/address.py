"""Mail addresses as people and SOARs write them (RFC 5322 §3.4)."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any

import email_validator
from email_validator import EmailNotValidError, ValidatedEmail, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from models.json import is_array

# White space belongs to one repetition only: shared by two, it would be read anew from each of its characters.
_NAMED = re.compile(r'^(?:"(?P<quoted>(?:[^"\\]|\\.)*)"\s*|(?P<plain>[^"<>]*))<(?P<address>[^<>]*)>$', re.DOTALL)
# RFC 5322 §3.4, group; who is in it are list items like the others.
_GROUP = re.compile(r'^(?:"(?:[^"\\]|\\.)*"|[^"@<>\[\]:]+):\s*')
_COMMENTED = re.compile(r"^(?P<address>[^\s()<>]+)\s*\((?P<comment>[^()]*)\)$")
# What an unquoted display name may not hold (RFC 5322 §3.2.3, specials).
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')
CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


class Address(BaseModel):
    """One address with its display name; in JSON it is a string: `"Doe, Jane" <jane@example.org>`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read one mailbox; a ValueError says what is wrong with it."""
        if CONTROL.search(text):
            raise _bad_address(text, "it holds a control character")
        text = text.strip()
        if found := _NAMED.match(text):
            quoted = found["quoted"]
            name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else found["plain"]
            return cls._checked(found["address"].strip(), name.strip())
        if found := _COMMENTED.match(text):
            return cls._checked(found["address"], found["comment"].strip())
        return cls._checked(text, "")

    @classmethod
    def _checked(cls, address: str, name: str) -> "Address":
        return Address.model_construct(None, address=_validated(address).normalized, name=name)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parsed = cls.parse(value)
        return {"address": parsed.address, "name": parsed.name}

    @model_serializer
    def _to_text(self) -> str:
        return str(self)

    def __str__(self) -> str:
        if not self.name:
            return self.address
        name = self.name
        if _SPECIALS.search(name):
            name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
        return f"{name} <{self.address}>"


def bare(text: str) -> str:
    """The address alone, however it was written; a ValueError says what is wrong with it."""
    return Address.parse(text).address


# Mail inside a company goes to names like corp.local that the Internet does not know.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def _validated(address: str) -> ValidatedEmail:
    try:
        return validate_email(address, check_deliverability=False, globally_deliverable=False, strict=True)
    except EmailNotValidError as error:
        raise _bad_address(address, str(error)) from None


def _bad_address(text: str, reason: str) -> PydanticCustomError:
    return PydanticCustomError(
        "address", "{text} is not a mail address: {reason}", {"text": repr(text[:100]), "reason": reason}
    )


def split_list(text: str, separators: str = ",") -> Iterator[str]:
    """The items of a comma-separated string; commas inside double quotes or <> belong to an item."""
    item, quoted, angled, escaped = "", False, False, False
    for char in text:
        if char in separators and not quoted and not angled:
            yield item
            item = ""
            continue
        if char == '"' and not escaped:
            quoted = not quoted
        angled = not quoted and (char == "<" or (angled and char != ">"))
        escaped = quoted and char == "\\" and not escaped
        item += char
    yield item


def as_items(value: Any, separators: str = ",") -> Any:
    """A list argument as SOARs send it: a JSON array, the same as text, `a, b`, or null."""
    if value is None:
        return ()
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            pass  # a folder may be called [Gmail]/All Mail
    return tuple(item.strip() for item in split_list(value, separators) if item.strip())


def _address_items(value: Any) -> Any:
    items = as_items(value, ",;")  # people separate addresses the way Outlook does, too
    return tuple(one for one in map(_member, items) if one != "") if is_array(items) else items


def _member(item: Any) -> Any:
    """The mailbox without the name of the group that it opens: `Team: a@x.org, b@x.org;`."""
    return _GROUP.sub("", item) if isinstance(item, str) else item


def _written(value: Any) -> Any:
    """An object that spells address and name out would be a way round the checks."""
    if isinstance(value, (str, Address)):
        return value
    raise PydanticCustomError("address", "an address is a string, with or without a name: Jane <j@example.org>")


def _once(mailboxes: tuple[Address, ...]) -> tuple[Address, ...]:
    """Whoever is named twice gets one letter and owes one answer."""
    first: dict[str, Address] = {}
    for mailbox in mailboxes:
        first.setdefault(mailbox.address.casefold(), mailbox)
    return tuple(first.values())


Addresses = Annotated[
    tuple[Annotated[Address, BeforeValidator(_written)], ...],
    BeforeValidator(_address_items),
    AfterValidator(_once),
    WithJsonSchema(
        {
            "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}, {"type": "null"}],
            "description": 'RFC 5322 addresses: a list, or one string: "Doe, Jane" <j@example.org>, b@example.org',
        }
    ),
]
