"""Histories that only those with the keys can read: AES-256-GCM (NIST SP 800-38D) over whole payloads.

The metadata of an encrypted payload says which key opens it and which workflow it belongs to; both are authenticated.
"""

import copy
import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    ActivitySerializationContext,
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    EncodingPayloadConverter,
    FailureConverter,
    PayloadCodec,
    PayloadConverter,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from encryption import Encryption, key_bytes

# The name that Temporal's UI and the samples of its SDKs know.
ENCODING = "binary/encrypted"
KEY_ID = "encryption-key-id"
WORKFLOW_ID = "encryption-workflow-id"
# Why this process could not open a payload; never stored.
REASON = "encryption-reason"
# SP 800-38D §8.2.2: random nonces of 96 bits are good for 2^32 payloads of one key.
NONCE_BYTES = 12


class Undecipherable(Exception):
    """An encrypted payload that this process cannot open; the message says why."""


class EncryptionCodec(PayloadCodec, WithSerializationContext):
    """Encrypts with one key, opens with any of the ring; what it cannot open it marks and leaves to the converter."""

    def __init__(self, encryption: Encryption) -> None:
        self._key_id = encryption.key_id
        self._ring = {name: AESGCM(key_bytes(key)) for name, key in encryption.keys.items()}
        self._workflow_id = ""

    def with_context(self, context: SerializationContext) -> Self:
        """The same codec for the payloads of one workflow."""
        clone = copy.copy(self)
        if isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
            clone._workflow_id = context.workflow_id or ""  # noqa: SLF001 it is this class's own
        return clone

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt, where a key is named for it."""
        return [self._sealed(payload) for payload in payloads] if self._key_id else list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt what is encrypted; what was written before stays as it is."""
        return [self._opened(payload) if is_encrypted(payload) else payload for payload in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        metadata = {"encoding": ENCODING, KEY_ID: self._key_id}
        if self._workflow_id:
            metadata[WORKFLOW_ID] = self._workflow_id
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ring[self._key_id].encrypt(nonce, payload.SerializeToString(), _bound(metadata))
        return Payload(metadata={name: text.encode() for name, text in metadata.items()}, data=nonce + sealed)

    def _opened(self, payload: Payload) -> Payload:
        try:
            return self._decrypted(payload)
        except Undecipherable as error:
            marked = Payload()
            marked.CopyFrom(payload)
            marked.metadata[REASON] = str(error).encode()
            return marked

    def _decrypted(self, payload: Payload) -> Payload:
        metadata = {
            name: _text(payload, name) for name in ("encoding", KEY_ID, WORKFLOW_ID) if name in payload.metadata
        }
        key = self._ring.get(metadata.get(KEY_ID, ""))
        if key is None:
            raise Undecipherable(_missing(metadata.get(KEY_ID, "")))
        nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        try:
            opened = Payload.FromString(key.decrypt(nonce, sealed, _bound(metadata)))
        except (InvalidTag, ValueError, DecodeError):
            raise Undecipherable(
                f"it was changed, or {metadata[KEY_ID]!r} here is not the key it was encrypted with"
            ) from None
        self._check_place(metadata.get(WORKFLOW_ID, ""))
        return opened

    def _check_place(self, workflow_id: str) -> None:
        here = self._workflow_id
        # What a schedule starts has the schedule's own workflow id and the time behind it.
        if here and workflow_id and here != workflow_id and not here.startswith(f"{workflow_id}-"):
            raise Undecipherable(f"it belongs to the workflow {workflow_id}")


class UndecipherableConverter(EncodingPayloadConverter):
    """The end of the line for a payload that nobody has decrypted."""

    @property
    def encoding(self) -> str:
        """What encrypted payloads are marked with."""
        return ENCODING

    def to_payload(self, value: Any) -> Payload | None:  # noqa: ARG002 the SDK's name
        """None: the codec encrypts, converters do not."""
        return None

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:  # noqa: ARG002 the SDK's name
        """Raise Undecipherable."""
        reason = _text(payload, REASON) or _missing(_text(payload, KEY_ID))
        raise Undecipherable(f"this input or result is encrypted and cannot be read here: {reason}")


class EncryptedFailures(DefaultFailureConverterWithEncodedAttributes):
    """Messages and stacks go where the codec encrypts them, all but those of a missing key: who lacks it reads them."""

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        """Tell of an exception."""
        if isinstance(exception, Undecipherable):
            FailureConverter.default.to_failure(exception, payload_converter, failure)
        else:
            super().to_failure(exception, payload_converter, failure)


class ClientPayloadConverter(CompositePayloadConverter):
    """Models as JSON, and a sentence where something is encrypted."""

    def __init__(self) -> None:
        super().__init__(*PydanticPayloadConverter().converters.values(), UndecipherableConverter())


client_data_converter = DataConverter(payload_converter_class=ClientPayloadConverter)


def encrypted(converter: DataConverter, encryption: Encryption) -> DataConverter:
    """This converter with encryption as it is set."""
    if not encryption.keys:
        return converter
    failures = converter.failure_converter_class
    if encryption.key_id and encryption.encrypt_failures:
        failures = EncryptedFailures
    return dataclasses.replace(converter, payload_codec=EncryptionCodec(encryption), failure_converter_class=failures)


def is_encrypted(payload: Payload) -> bool:
    """Whether a payload says of itself that it is."""
    return payload.metadata.get("encoding") == ENCODING.encode()


def _bound(metadata: Mapping[str, str]) -> bytes:
    """The metadata as associated data: JSON, so that no two sets of it are the same bytes."""
    return json.dumps(sorted(metadata.items())).encode()


def _text(payload: Payload, name: str) -> str:
    return payload.metadata.get(name, b"").decode(errors="replace")


def _missing(key_id: str) -> str:
    return f"the key {key_id!r} is not among encryption.keys"
