"""How SOARs write arguments: lists as one string, numbers and booleans as strings, nothing as ""."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from models.address import CONTROL, as_items
from models.json import is_array

# Before, there was no Unix time; after, ten years of waiting still end within the calendar.
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
# RFC 5322 §2.1.1.
_LONGEST_LINE = 998
# Ten years: longer is a slip of the keyboard, and dates must not leave the calendar.
LONGEST_MINUTES = 10 * 365 * 24 * 60


def _unquoted(item: Any) -> Any:
    """A name that had to be quoted for its comma: "Reports, 2026"."""
    quoted = isinstance(item, str) and len(item) > 1 and item[0] == item[-1] == '"'
    return item[1:-1].replace('\\"', '"') if quoted else item


def _names(value: Any) -> Any:
    items = as_items(value)
    return tuple(map(_unquoted, items)) if is_array(items) else items


def _texts(value: Any) -> Any:
    items = as_items(value)
    return tuple(map(_number_as_text, items)) if is_array(items) else items


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _date(value: Any) -> Any:
    """A date may be RFC 3339, RFC 5322 or a Unix time; pydantic reads all but the second."""
    if not isinstance(value, str):
        return value
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return value


def _utc(value: datetime) -> datetime:
    date = value.replace(tzinfo=value.tzinfo or UTC)
    if not _EARLIEST <= date < _LATEST:
        raise PydanticCustomError("date", "the date must lie between 1970 and 2200")
    return date.astimezone(UTC)


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("minutes", "it must be a number of minutes")
    return value


def _one_line(value: str) -> str:
    # What stands after a line break would be a header of its own.
    if CONTROL.search(value):
        raise PydanticCustomError("control_character", "it holds a line break or another control character")
    return value


def one_message_id(value: str) -> str:
    """A Message-ID; without any characters it would be that of every message that has none."""
    if not value.strip("<> "):
        raise PydanticCustomError("message_id", "a Message-ID is empty")
    if len(value) > _LONGEST_LINE:
        raise PydanticCustomError("message_id", "a Message-ID is longer than a line of mail")
    return value


def folder_key(name: str) -> str:
    """What two spellings of one folder share."""
    # RFC 3501 §5.1: of all names, INBOX alone may be written in any case.
    return name.upper() if name.upper() == "INBOX" else name


def _each_once(folders: tuple[str, ...]) -> tuple[str, ...]:
    """Looked into twice, a folder would hold every message twice."""
    return tuple(dict.fromkeys(map(folder_key, folders)))


_A_LIST = WithJsonSchema(
    {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}, {"type": "null"}]}
)

Text = Annotated[str, BeforeValidator(_number_as_text)]
# The constraints stand next to the text: pydantic would count the length of a validated type before stripping it.
RequiredText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), BeforeValidator(_number_as_text)]
Line = Annotated[Text, AfterValidator(_one_line)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts), _A_LIST]
RequiredLine = Annotated[RequiredText, AfterValidator(_one_line)]
MessageId = Annotated[RequiredLine, AfterValidator(one_message_id)]
Names = Annotated[tuple[RequiredLine, ...], BeforeValidator(_names), _A_LIST]
Folders = Annotated[Names, Field(min_length=1), AfterValidator(_each_once)]
Minutes = Annotated[int, BeforeValidator(_no_flag), Field(ge=1, le=LONGEST_MINUTES)]
MinutesOrZero = Annotated[int, BeforeValidator(_no_flag), Field(ge=0, le=LONGEST_MINUTES)]
Date = Annotated[datetime, BeforeValidator(_date), AfterValidator(_utc)]
