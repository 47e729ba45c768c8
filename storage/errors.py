"""Why storage refuses. Messages name things by id and never hold a sealed value."""

from __future__ import annotations

from collections.abc import Sequence

_NAMED = 5
"""Places that a message names."""


class StorageError(Exception):
    """The base of everything that storage raises on purpose."""


class UnsupportedDatabase(StorageError):
    """The database address is none that the bot can use."""


class MigrationFailed(StorageError):
    """The tables could not be brought up to date; nothing was changed."""


class OlderProcessesRun(MigrationFailed):
    """Processes of the version before are at work, and this one would change tables that they write."""

    def __init__(self, executor_ids: Sequence[str]) -> None:
        super().__init__(
            f"Processes of the version before still run ({', '.join(executor_ids)}), and this version changes tables "
            "that they write. Stop them (SIGTERM), then start again; after one that was killed, wait for half a minute."
        )


class NestedSession(StorageError):
    """A task opened a second writing session inside its first one, which would wait for itself."""


class BadKey(StorageError):
    """A key of the vault is missing or malformed."""


class WrongOwner(StorageError):
    """A sealed value was found under an owner that it was not sealed for."""


class Unreadable(StorageError):
    """A sealed value fits none of the keys, or was damaged."""


class Misplaced(WrongOwner):
    """Sealed values are in places that they were not sealed for: somebody has changed the database. `places` says of
    each where it is and what it was sealed for, and nothing of what is inside; `renewed` counts
    the others that were sealed anew."""

    def __init__(self, places: Sequence[str], renewed: int) -> None:
        super().__init__(f"{len(places)} sealed values are not where they belong. {' '.join(places[:_NAMED])}")
        self.places = tuple(places)
        self.renewed = renewed


class ApprovalForged(StorageError):
    """A run is said to be approved, and no approval that was sealed with the key says so."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"The approval of run {run_id!r} was not made by the bot.")
        self.run_id = run_id


class PlanAltered(StorageError):
    """A plan is not the one that was stored, or agreed to: changes are missing or of another plan."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"The plan of run {run_id!r} is not as it was stored.")
        self.run_id = run_id


class ChoicesAltered(StorageError):
    """What an integration has chosen is not what was chosen through the bot. `parts` are the columns that differ;
    `lost` where nothing tells any more what they were."""

    def __init__(self, integration_id: str, parts: Sequence[str], *, lost: bool = False) -> None:
        super().__init__(f"Of integration {integration_id} was changed from outside: {', '.join(parts)}.")
        self.integration_id, self.parts, self.lost = integration_id, tuple(parts), lost


class NotFound(StorageError):
    """The thing does not exist, or not any more."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"There is no {what} {key!r}.")
        self.what = what
        self.key = key


class StaleVersion(StorageError):
    """The thing was changed or removed since it was read; read it again and decide anew."""

    def __init__(self, what: str, key: str) -> None:
        super().__init__(f"The {what} {key!r} was changed or removed since it was read.")
        self.what = what
        self.key = key


class AlreadyConnected(StorageError):
    """The workspace has an integration to this account of the target already."""

    def __init__(self, existing_id: str) -> None:
        super().__init__(f"The account is connected already, by integration {existing_id!r}.")
        self.existing_id = existing_id


class AccountTaken(StorageError):
    """The account, or the place that it is in, belongs to another workspace. Whose it is is not said."""

    def __init__(self, provider: str) -> None:
        super().__init__(f"The account of {provider} belongs to another workspace.")
        self.provider = provider


class RunUnderWay(StorageError):
    """A run of the integration with this name has not ended, and would be disturbed."""

    def __init__(self, name: str) -> None:
        super().__init__(f'A run of "{name}" has not ended; try again after it.')
        self.name = name


class RunEnded(StorageError):
    """The run is done, failed or cancelled; an ended run never starts again."""

    def __init__(self, run_id: str, state: str) -> None:
        super().__init__(f"Run {run_id!r} has ended ({state}).")
        self.run_id = run_id
        self.state = state


class PlanTaken(StorageError):
    """Somebody else has begun to make the run's plan since."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"The plan of run {run_id!r} is made by another process now.")
        self.run_id = run_id


class StaleRunState(StorageError):
    """The run is not in the state that the step was meant for."""

    def __init__(self, run_id: str, state: str) -> None:
        super().__init__(f"Run {run_id!r} is {state} now.")
        self.run_id = run_id
        self.state = state


class ForbiddenTransition(StorageError):
    """A run was to be moved from one state to another that does not follow it (`storage.run_states.ALLOWED`)."""

    def __init__(self, run_id: str, before: str, after: str) -> None:
        super().__init__(f"Run {run_id!r} is {before}, and {after} does not follow that.")
        self.run_id = run_id
        self.before = before
        self.after = after
