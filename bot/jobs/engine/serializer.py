"""What the engine writes into its own tables is sealed, and carries no employee data to begin with."""

from __future__ import annotations

from typing import Any

from dbos import Serializer

from storage.vault import Vault

OWNER = "engine"
_ERROR = "engine_error"


class RecordedError(Exception):
    """An error that a checkpoint remembers: only its type's name, since messages may hold private data."""


class SealingSerializer(Serializer):
    """Arguments and results as JSON, encrypted by the vault. DBOS's default would be pickle, in clear."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def serialize(self, data: Any) -> str:
        """Seal a JSON value, or the name of an exception's type."""
        if isinstance(data, BaseException):
            name = str(data) if isinstance(data, RecordedError) else type(data).__name__
            data = {_ERROR: name}
        return self._vault.seal(OWNER, data).decode()

    def deserialize(self, serialized_data: str) -> Any:
        """Open what `serialize` sealed."""
        value = self._vault.open(OWNER, serialized_data.encode())
        if isinstance(value, dict) and value.keys() == {_ERROR}:
            return RecordedError(value[_ERROR])
        return value

    def name(self) -> str:
        """Written beside each value, so that DBOS never opens it with another serializer."""
        return "sealed_json"
