"""The errors that every system over HTTP has, in its own texts: `<system>.changed_meanwhile`, `.wrong_account`, ..."""

from __future__ import annotations

from bot.core.text import Text, text
from bot.providers.errors import CredentialsRefused, NotPermitted, Rejected, Unavailable, WriteConflict, WrongAccount


class UsualErrors:
    """Makes them for one system, by its key. A text's advice is the text `<key>.advice`."""

    def __init__(self, system: str) -> None:
        self._system = system

    def changed(self, reason: str, *, verbatim: str | None = None) -> WriteConflict:
        """Somebody is not as the plan found them."""
        key = f"{self._system}.changed_meanwhile"
        return WriteConflict(
            f"{self._system}: {reason}", text=Text(key), advice=Text(f"{key}.advice"), verbatim=verbatim
        )

    def unreadable(self, call: str, *, sent: bool) -> Unavailable:
        """An answer's shape is not the described one; `sent` where it answers a write."""
        key, values = "provider.unknown_outcome" if sent else "provider.unreadable", {"system": self._name}
        return Unavailable(
            f"{self._system}: {call}", text=Text(key, values), advice=Text(f"{key}.advice", values), sent=sent
        )

    def not_permitted(self, line: str, what: str, verbatim: str | None = None) -> NotPermitted:
        """Rights are missing, named in `what`."""
        key = f"{self._system}.not_permitted"
        return NotPermitted(line, text=Text(key, {"what": what}), advice=Text(f"{key}.advice"), verbatim=verbatim)

    def credentials(
        self, line: str, key: str, field: str, *, advice: str = "", verbatim: str | None = None
    ) -> CredentialsRefused:
        """What was entered, or is the operator's, is no good: the text `<system>.<key>`, with another one's advice."""
        return CredentialsRefused(
            line,
            field=field,
            text=Text(f"{self._system}.{key}"),
            advice=Text(f"{self._system}.{advice or key}.advice"),
            verbatim=verbatim,
        )

    def rejected(self, line: str, field: str | None, verbatim: str | None) -> Rejected:
        """One employee's data was refused, because of a field where that is known."""
        values = {"field": Text(f"field.{field}")} if field else {}
        return Rejected(
            line,
            field=field,
            text=Text(f"{self._system}.rejected_field" if field else f"{self._system}.rejected", values),
            advice=Text(f"{self._system}.rejected.advice"),
            verbatim=verbatim,
        )

    def wrong_account(self, reason: str) -> WrongAccount:
        """The credentials lead to another company than the integration's."""
        key = f"{self._system}.wrong_account"
        return WrongAccount(f"{self._system}: {reason}", text=Text(key), advice=Text(f"{key}.advice"))

    @property
    def _name(self) -> Text:
        return text(f"{self._system}.name")
