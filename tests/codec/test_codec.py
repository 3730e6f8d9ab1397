"""Payloads encrypted and opened again; keys that change; what was tampered with."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import ActivitySerializationContext, DataConverter, WorkflowSerializationContext

from codec import (
    ENCODING,
    KEY_ID,
    WORKFLOW_ID,
    EncryptionCodec,
    Undecipherable,
    client_data_converter,
    encrypted,
    is_encrypted,
)
from encryption import Encryption
from plugin import data_converter
from tests.codec.ring import AFTER_ROTATION, ANOTHER, BEFORE_ROTATION, LAST_MONTH, THIS_MONTH, encryption

SECRET = b"was it you, alice@example.org?"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=SECRET)
HERE = WorkflowSerializationContext(namespace="default", workflow_id="send-email/7/a")
READERS = pytest.mark.parametrize("converter", [client_data_converter, data_converter], ids=["client", "worker"])

payloads = st.builds(
    Payload, metadata=st.dictionaries(st.text(max_size=20), st.binary(max_size=50), max_size=4), data=st.binary()
)


async def sealed(settings: Encryption = AFTER_ROTATION, payload: Payload = PLAIN, place: str = "") -> Payload:
    """The payload as it is stored."""
    codec = EncryptionCodec(settings)
    context = dataclasses.replace(HERE, workflow_id=place)
    (stored,) = await (codec.with_context(context) if place else codec).encode([payload])
    return stored


async def opened(stored: Payload, settings: Encryption = AFTER_ROTATION, place: str = "") -> Payload:
    """What is read of a stored payload."""
    context = dataclasses.replace(HERE, workflow_id=place)
    (read,) = await EncryptionCodec(settings).with_context(context).decode([stored])
    return read


async def refusal(converter: DataConverter, stored: Payload, place: str = "") -> str:
    """Why a payload is not read."""
    context = dataclasses.replace(HERE, workflow_id=place)
    with pytest.raises(Undecipherable) as caught:
        await converter.with_context(context).decode([stored])
    return str(caught.value)


@given(st.lists(payloads, max_size=3), st.sampled_from(["", "send-email/7/a", "naïve/é"]))
async def test_what_is_encrypted_is_opened_again(given: list[Payload], place: str) -> None:
    """Whatever its metadata and data."""
    codec = EncryptionCodec(AFTER_ROTATION).with_context(dataclasses.replace(HERE, workflow_id=place))
    stored = await codec.encode(given)
    assert all(is_encrypted(payload) for payload in stored)
    assert await codec.decode(stored) == given


async def test_only_key_and_workflow_are_readable() -> None:
    """Twice the same is stored as two different things."""
    first, second = await sealed(place=HERE.workflow_id), await sealed(place=HERE.workflow_id)
    assert first.metadata == {
        "encoding": ENCODING.encode(),
        KEY_ID: THIS_MONTH.encode(),
        WORKFLOW_ID: HERE.workflow_id.encode(),
    }
    assert SECRET not in first.SerializeToString()
    assert b"json/plain" not in first.SerializeToString()
    assert first.data != second.data


async def test_old_keys_still_open() -> None:
    """Rotation: what the old key has written is read with the new ring, and new is written with the new key."""
    assert await opened(await sealed(BEFORE_ROTATION), AFTER_ROTATION) == PLAIN
    assert (await sealed(AFTER_ROTATION)).metadata[KEY_ID] == THIS_MONTH.encode()
    assert (await sealed(BEFORE_ROTATION)).metadata[KEY_ID] == LAST_MONTH.encode()


async def test_what_was_never_encrypted_stays_readable() -> None:
    """Histories from before; and with keys but no key_id, histories from after."""
    assert await opened(PLAIN) == PLAIN
    only_reads = encryption()
    assert await sealed(only_reads) == PLAIN
    assert await opened(await sealed(), only_reads) == PLAIN


@READERS
async def test_a_missing_key_is_named(converter: DataConverter) -> None:
    """With a ring that lacks it, and where no encryption is configured at all."""
    stored = await sealed(AFTER_ROTATION)
    for settings in (BEFORE_ROTATION, Encryption()):
        said = await refusal(encrypted(converter, settings), stored)
        assert f"the key '{THIS_MONTH}' is not among encryption.keys" in said


@READERS
async def test_a_wrong_key_is_told(converter: DataConverter) -> None:
    """The right id with other bytes."""
    wrong = encrypted(converter, encryption(THIS_MONTH, {THIS_MONTH: ANOTHER}))
    assert "not the key it was encrypted with" in await refusal(wrong, await sealed())


@given(st.data())
async def test_tampering_is_detected(data: st.DataObject) -> None:
    """Any bit of the ciphertext, a cut one, another key's id, another workflow's id, the workflow's id removed."""
    stored = await sealed(place=HERE.workflow_id)
    match data.draw(st.sampled_from(["bit", "cut", "key", "workflow", "no workflow"])):
        case "bit":
            at = data.draw(st.integers(0, 8 * len(stored.data) - 1))
            changed = bytearray(stored.data)
            changed[at // 8] ^= 1 << (at % 8)
            stored.data = bytes(changed)
        case "cut":
            stored.data = stored.data[: data.draw(st.integers(0, len(stored.data) - 1))]
        case "key":
            stored.metadata[KEY_ID] = LAST_MONTH.encode()
        case "workflow":
            stored.metadata[WORKFLOW_ID] = b"send-email/7/b"
        case _:
            del stored.metadata[WORKFLOW_ID]
    assert is_encrypted(await opened(stored))


async def test_a_payload_belongs_to_its_workflow() -> None:
    """Nobody without the key can give one workflow the input of another."""
    stored = await sealed(place="send-email/7/a")
    assert "belongs to the workflow send-email/7/a" in await refusal(
        encrypted(data_converter, AFTER_ROTATION), stored, "send-email/7/b"
    )
    activity = ActivitySerializationContext("default", "1", "deliver", "mail", "send-email/7/a", "SendEmail", False)
    assert await EncryptionCodec(AFTER_ROTATION).with_context(activity).decode([stored]) == [PLAIN]


async def test_a_schedules_payload_is_read_by_what_it_starts() -> None:
    """Temporal appends the time to the workflow's id; the codec server knows of no workflow."""
    stored = await sealed(place="nightly")
    assert await opened(stored, place="nightly-2026-11-22T10:00:00Z") == PLAIN
    assert await opened(stored, place="") == PLAIN


@pytest.mark.parametrize("on", [True, False])
async def test_failures_are_encrypted_unless_switched_off(on: bool) -> None:
    """Message and stack hold what a server said, addresses perhaps."""
    settings = encryption(THIS_MONTH, encrypt_failures=on)
    converter = encrypted(data_converter, settings)
    failure = Failure()
    await converter.encode_failure(ValueError(SECRET.decode()), failure)
    assert (SECRET in failure.SerializeToString()) is not on
    assert SECRET.decode() in str(await converter.decode_failure(failure))
