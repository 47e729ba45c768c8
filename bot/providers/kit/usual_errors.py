"""The errors that every system over HTTP has, in its own texts: `<system>.changed_meanwhile`, `.wrong_account`, ..."""

from __future__ import annotations

from bot.core.text import Text, text
from bot.providers.errors import (
    CredentialsRefused,
    NotPermitted,
    ProviderError,
    Rejected,
    Unavailable,
    WriteConflict,
    WrongAccount,
)


class VersionConflict(Exception):
    """A write met a state that is not the one it was made for; `error` is what to raise if it happens again."""

    def __init__(self, error: ProviderError) -> None:
        super().__init__(str(error))
        self.error = error


class UsualErrors:
    """Makes them for one system, by its key. A text's advice is the text `<key>.advice`.

    `verbatim` and `reference` are as for `ProviderError`.
    """

    def __init__(self, system: str) -> None:
        self.system = system

    def changed(self, reason: str, *, verbatim: str | None = None, reference: str | None = None) -> WriteConflict:
        """Somebody is not as the plan found them."""
        key = f"{self.system}.changed_meanwhile"
        return WriteConflict(
            f"{self.system}: {reason}",
            text=Text(key),
            advice=Text(f"{key}.advice"),
            verbatim=verbatim,
            reference=reference,
        )

    def unreadable(self, call: str, *, sent: bool) -> Unavailable:
        """An answer's shape is not the described one; `sent` where it answers a write."""
        key, values = "provider.unknown_outcome" if sent else "provider.unreadable", {"system": self._name}
        return Unavailable(
            f"{self.system}: {call}", text=Text(key, values), advice=Text(f"{key}.advice", values), sent=sent
        )

    def not_permitted(
        self, line: str, what: str | None = None, verbatim: str | None = None, reference: str | None = None
    ) -> NotPermitted:
        """Rights are missing, named in `what` where the text names them."""
        key, values = f"{self.system}.not_permitted", {"what": what} if what is not None else {}
        advice = Text(f"{key}.advice")
        return NotPermitted(line, text=Text(key, values), advice=advice, verbatim=verbatim, reference=reference)

    def credentials(
        self,
        line: str,
        key: str,
        field: str | None,
        *,
        advice: str | None = None,
        verbatim: str | None = None,
        reference: str | None = None,
        **values: object,
    ) -> CredentialsRefused:
        """What was entered, or is the operator's, is no good: the text `<system>.<key>` of these values, with another
        one's advice."""
        return CredentialsRefused(
            line,
            field=field,
            text=Text(f"{self.system}.{key}", values),
            advice=Text(f"{self.system}.{advice or key}.advice"),
            verbatim=verbatim,
            reference=reference,
        )

    def rejected(
        self,
        line: str,
        field: str | None,
        verbatim: str | None = None,
        *,
        advice: str = "rejected.advice",
        reference: str | None = None,
    ) -> Rejected:
        """One employee's data was refused, because of a field where that is known; `advice` as `<system>.<advice>`."""
        values = {"field": Text(f"field.{field}")} if field else {}
        return Rejected(
            line,
            field=field,
            text=Text(f"{self.system}.rejected_field" if field else f"{self.system}.rejected", values),
            advice=Text(f"{self.system}.{advice}"),
            verbatim=verbatim,
            reference=reference,
        )

    def wrong_account(self, reason: str) -> WrongAccount:
        """The credentials lead to another company than the integration's."""
        key = f"{self.system}.wrong_account"
        return WrongAccount(f"{self.system}: {reason}", text=Text(key), advice=Text(f"{key}.advice"))

    def nobody_shown(self) -> NotPermitted:
        """Not one employee is shown: an account without anybody cannot be told from one that hides them."""
        key = f"{self.system}.nobody_shown"
        return NotPermitted(f"{self.system}: not one employee is shown", text=Text(key), advice=Text(f"{key}.advice"))

    def list_changed(self, name: str) -> WriteConflict:
        """One of the system's lists no longer has the entry that the plan found there."""
        return WriteConflict(
            f"{self.system}: a list has no such entry any more",
            text=Text(f"{self.system}.list_changed", {"name": name}),
            advice=Text(f"{self.system}.changed_meanwhile.advice"),
        )

    @property
    def _name(self) -> Text:
        return text(f"{self.system}.name")
