"""Port numbers that belong to one lab for as long as it lives, whatever else runs on the machine."""

import random
import socket
from collections.abc import Sequence

HOST = "127.0.0.1"

# Below Linux's ephemeral range (32768 and up): no outgoing connection can take a port of a stopped server.
FIRST, LAST = 20_000, 32_000
BLOCK = 8


class Ports(dict[str, int]):
    """Ports by name; the first one of their block is held, not used: it keeps other labs off the block."""

    def __init__(self, names: Sequence[str]) -> None:
        self._claim = _claim(len(names))
        first = self._claim.getsockname()[1] + 1
        super().__init__(zip(names, range(first, first + len(names)), strict=True))

    def close(self) -> None:
        """Let others have the block."""
        self._claim.close()


def _claim(count: int) -> socket.socket:
    blocks = range(FIRST, LAST, BLOCK)
    for first in random.sample(blocks, len(blocks)):
        if (claim := _bound(first)) is None:
            continue
        if all(_is_free(port) for port in range(first + 1, first + 1 + count)):
            return claim
        claim.close()
    raise OSError(f"no {count} free ports in a row between {FIRST} and {LAST}")


def _is_free(port: int) -> bool:
    if (probe := _bound(port)) is None:
        return False
    probe.close()
    return True


def _bound(port: int) -> socket.socket | None:
    claim = socket.socket()
    try:
        claim.bind((HOST, port))
    except OSError:
        claim.close()
        return None
    return claim
