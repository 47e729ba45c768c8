"""What the engine writes into its own tables is sealed for its place, and carries no employee data to begin with."""

from __future__ import annotations

from typing import Any

from dbos import Serializer

from bot.jobs.engine.seal_places import ENDED, FORMER, StepPlace, current_step, inputs_of, place_of_inputs
from storage.errors import WrongOwner
from storage.vault import Vault, shown

_ERROR = "engine_error"


class RecordedError(Exception):
    """An error that a checkpoint remembers: only its type's name, since messages may hold private data."""


class SealingSerializer(Serializer):
    """Arguments and results as JSON, encrypted by the vault. DBOS's default would be pickle, in clear.

    DBOS does not say what it gives or takes: a step's result is known by the step that is asked for
    (`seal_places.current_step`), what work was asked for with by itself. That this is the work which it is kept for is
    asked before it begins (`bot.jobs.engine.engine`).
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.takes_former = True
        """Whether what versions before have sealed opens: until it has been sealed anew."""

    def serialize(self, data: Any) -> str:
        """Seal a JSON value, or the name of an exception's type."""
        if isinstance(data, BaseException):
            name = str(data) if isinstance(data, RecordedError) else type(data).__name__
            data = {_ERROR: name}
        return self._vault.seal(_place(data, current_step()), data).decode()

    def deserialize(self, serialized_data: str) -> Any:
        """Open what `serialize` sealed. Raises `WrongOwner` for what was sealed for another place, `Unreadable`."""
        sealed_for, value = self._vault.read(serialized_data.encode())
        step = current_step()
        # What work was asked for with is no step's result, wherever it lies.
        place = _place(value, None) if step is None else _place_of_result(value, step)
        if sealed_for != place and not (self.takes_former and sealed_for == FORMER):
            raise WrongOwner(f"What is stored for {shown(place)} was sealed for {shown(sealed_for)}.")
        if _is_error(value):
            return RecordedError(value[_ERROR])
        return value

    def renewed(self, sealed: str, step: StepPlace | None = None) -> str:
        """The same value, sealed for its place where a version before has sealed it for less; untouched otherwise.

        Raises `Unreadable`.
        """
        sealed_for, value = self._vault.read(sealed.encode())
        return sealed if sealed_for != FORMER else self._vault.seal(_place(value, step), value).decode()

    def name(self) -> str:
        """Written beside each value, so that DBOS never opens it with another serializer."""
        return "sealed_json"


def _is_error(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {_ERROR}


def _place(value: object, step: StepPlace | None) -> str:
    # Work is asked for inside of steps too: what it is asked for with tells itself from a step's result.
    if (asked := inputs_of(value)) is not None:
        return place_of_inputs(*asked)
    return ENDED if step is None else _place_of_result(value, step)


def _place_of_result(value: object, step: StepPlace) -> str:
    return step.error if _is_error(value) else step.output
