"""Addresses of people's pages in the systems' own screens.

No vendor publishes them. An operator who knows the address of their customers' pages gives it as a template,
`<PROVIDER>_PERSON_URL`, with `{id}` where the system's own id of the person stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

OPTION = "person_url"
PLACE = "{id}"

LONGEST = 250
"""Two addresses must fit into what a message tells of one person."""

_LOCAL = ("127.0.0.1", "localhost")


def checked(template: str) -> str:
    """The template, if it will do. Raises `ValueError` with what is wrong with it."""
    if len(template) > LONGEST:
        raise ValueError(f"must not have more than {LONGEST} characters")
    parts = urlsplit(template)
    schemes = ("https", "http") if parts.hostname in _LOCAL else ("https",)
    if not parts.hostname or parts.scheme not in schemes or "@" in parts.netloc:
        raise ValueError("must be an address that begins with https://, without a name or password in it")
    rest = template.replace(PLACE, "", 1)
    if PLACE not in parts.path + parts.query + parts.fragment or set(rest) & set("{}<>|\"' \t\r\n"):
        raise ValueError("must have {id} once, after the host: https://payroll.example.com/people/{id}")
    return template


class ProfileLinks:
    """Where the people of one system are; without a template nobody knows."""

    def __init__(self, template: str | None = None) -> None:
        self._template = template

    @classmethod
    def of(cls, options: Mapping[str, str]) -> ProfileLinks:
        """What the operator's options for a provider give."""
        return cls(options.get(OPTION))

    def link(self, person_id: str | None) -> str | None:
        """The address of a person by the system's own id; None where that, or the address, is not known."""
        if not self._template or not person_id:
            return None
        return self._template.replace(PLACE, quote(person_id, safe=""))
