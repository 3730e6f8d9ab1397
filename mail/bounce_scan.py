"""flufl.bounce at arm's length: the one module that hands it mail."""

import email.policy
import logging
from email.parser import BytesParser

from flufl.bounce import all_failures  # pyright: ignore[reportUnknownVariableType] - it leaves the message untyped

# The prose of a report is short; fifty patterns are run over every line that we pass.
MAX_SCANNED = 64 * 1024
MAX_LINES = 2000
MAX_LINE = 2000
logger = logging.getLogger(__name__)
# A detector that stumbles would tell with its stack: whoever sends many such letters would fill our log.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def scan(raw: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses that a report in prose calls delayed, and those it calls failed."""
    head = b"\n".join(line[:MAX_LINE] for line in raw[:MAX_SCANNED].splitlines()[:MAX_LINES])
    try:
        message = BytesParser(policy=email.policy.default).parsebytes(head)
        delayed, failed = all_failures(message)
    except Exception as error:  # noqa: BLE001 - RecursionError and whatever twenty foreign detectors raise
        logger.info("a report in prose could not be read: %s", type(error).__name__)
        return (), ()
    return _addresses(delayed), _addresses(failed)


def _addresses(found: frozenset[bytes] | set[bytes]) -> tuple[str, ...]:
    return tuple(sorted(one.decode("utf-8", "replace") for one in found if b"@" in one))
