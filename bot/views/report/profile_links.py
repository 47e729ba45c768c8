"""Where a person is found in both systems, for those systems whose pages have an address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.text import Markup
from bot.domain.change import Person
from bot.locales import Translator

Page = Callable[[str | None], str | None]
"""The address of a person's page by the id in a system; None where there is none."""


def no_page(_: str | None) -> str | None:
    """For a system whose pages have no known address."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Both systems by their names, and the pages of the people in them."""

    source: str = ""
    target: str = ""
    source_page: Page = no_page
    target_page: Page = no_page


NOWHERE = Links()


def open_in(person: Person, links: Links, t: Translator) -> str | None:
    """Links to the person, as mrkdwn; None where no page is known."""
    pages = (
        (links.source, links.source_page(person.source_id)),
        (links.target, links.target_page(person.target_id)),
    )
    found = tuple(_link(name, address) for name, address in pages if address)
    return t.md("report.links", where=found) if found else None


def open_target(target_id: str, links: Links, t: Translator) -> str | None:
    """A link to a person of the target; None where no page is known."""
    address = links.target_page(target_id)
    return t.md("report.links", where=(_link(links.target, address),)) if address else None


def _link(name: str, address: str) -> Markup:
    for sign, code in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        name, address = name.replace(sign, code), address.replace(sign, code)
    return Markup(f"<{address}|{name.replace('|', '/')}>")
