"""Keys of the tests: of last month, of this month, and one that nobody has."""

from collections.abc import Mapping

from encryption import Encryption

LAST_MONTH, THIS_MONTH, LOST = "2026-10", "2026-11", "2025-01"
# Saved histories are encrypted with them: they stay as they are.
KEYS = {
    LAST_MONTH: "b2xkIGtleSBvZiB0aGUgdGVzdHMgMjAyNi0xMCAuLi4=",
    THIS_MONTH: "bmV3IGtleSBvZiB0aGUgdGVzdHMgMjAyNi0xMSAuLi4=",
}
ANOTHER = "YW5vdGhlciBrZXkgdGhhbiB0aGUgb25lIGFib3ZlIC4="
TOKEN = "0123456789abcdef" * 4
ORIGIN = "http://localhost:8233"


def encryption(key_id: str = "", keys: Mapping[str, str] = KEYS, **more: object) -> Encryption:
    """Settings that write with one of these keys and read with all."""
    return Encryption.model_validate({"key_id": key_id, "keys": dict(keys), **more})


BEFORE_ROTATION = encryption(LAST_MONTH, {LAST_MONTH: KEYS[LAST_MONTH]})
AFTER_ROTATION = encryption(THIS_MONTH)
SERVED = encryption(THIS_MONTH, codec_server_token=TOKEN, ui_origins=[ORIGIN])
