"""The few kinds of failure a provider can raise, each with what the user reads and, apart, what the log reads."""

from __future__ import annotations

from enum import Enum

from bot.core.private_words import cleaned
from bot.core.text import Text


class ErrorScope(Enum):
    """Whom a failure is about: the employee who was at work, or everyone, so that the run stops."""

    EMPLOYEE = "employee"
    RUN = "run"


class ProviderError(Exception):
    """Base of all. `text` is for the user, `advice` what to do next; `str(error)` is for the log and has no secret.

    `field` names the credential, or the field of the provider's table, at fault, if known. `verbatim` is the outside
    system's own wording, with all that is private blanked however it was set, `reference` its id of the request, to
    quote to its support.

    `scope` says whom it is about. It is the run's unless a kind says otherwise: what says nothing about one employee
    would meet the next one too.
    """

    def __init__(
        self,
        log: str,
        *,
        text: Text,
        field: str | None = None,
        advice: Text | None = None,
        verbatim: str | None = None,
        reference: str | None = None,
    ) -> None:
        super().__init__(cleaned(log) or "")
        self.text = text
        self.field = field
        self.advice = advice
        self.verbatim = verbatim
        self.reference = cleaned(reference, by_shape=False)

    @property
    def verbatim(self) -> str | None:
        """See the class."""
        return self._verbatim

    @verbatim.setter
    def verbatim(self, words: str | None) -> None:
        self._verbatim = cleaned(words)

    @property
    def scope(self) -> ErrorScope:
        """Whom the failure is about."""
        return ErrorScope.RUN


class CredentialsRefused(ProviderError):
    """The system does not accept the credentials (any more)."""


class NotPermitted(ProviderError):
    """The credentials are good, but lack a right that the work needs.

    `of_one_person` is set where it was refused of one person and may be theirs alone; `of_key` where the system says
    that it is about the credentials.
    """

    of_one_person = False
    of_key = False

    @property
    def scope(self) -> ErrorScope:
        """The employee's where it is of one person."""
        return ErrorScope.EMPLOYEE if self.of_one_person else ErrorScope.RUN


class WrongAccount(ProviderError):
    """The credentials now lead to another company than the integration's."""


class Unavailable(ProviderError):
    """Unreachable, busy or broken: try again, after `retry_after` seconds if the system said so.

    `sent` tells whether a write may have reached the system: then its outcome is unknown until a read settles it, and
    that is the employee's, since the next one may get an answer. Where nothing was sent, nobody would get further.
    """

    def __init__(
        self,
        log: str,
        *,
        text: Text,
        retry_after: float | None = None,
        sent: bool = False,
        advice: Text | None = None,
        verbatim: str | None = None,
        reference: str | None = None,
    ) -> None:
        super().__init__(log, text=text, advice=advice, verbatim=verbatim, reference=reference)
        self.retry_after = retry_after
        self.sent = sent

    @property
    def scope(self) -> ErrorScope:
        """The employee's once something of theirs was sent."""
        return ErrorScope.EMPLOYEE if self.sent else ErrorScope.RUN


class Rejected(ProviderError):
    """The system refused one employee's data."""

    @property
    def scope(self) -> ErrorScope:
        """The employee's."""
        return ErrorScope.EMPLOYEE


class WriteConflict(ProviderError):
    """The target has changed under the plan, or a person must decide; the change was not made."""

    @property
    def scope(self) -> ErrorScope:
        """The employee's."""
        return ErrorScope.EMPLOYEE


class DayClosed(Rejected):
    """The target has closed the day that a row is about, or answers a write as if it had: the row waits."""


class RowGone(WriteConflict):
    """The row that was to be changed is not there any more: somebody has removed it."""


class RowExists(WriteConflict):
    """There is a row already where one was to be made: it has to be read before anything else."""


class CodeRefused(ProviderError):
    """The target does not take a code, whoever it is for: its rows wait, and no other."""

    @property
    def scope(self) -> ErrorScope:
        """That of the code's rows, so not the run's."""
        return ErrorScope.EMPLOYEE


class Unsupported(ProviderError):
    """The system cannot do this at all, for anybody."""
