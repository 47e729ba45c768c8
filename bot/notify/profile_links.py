"""From the operator's addresses to the links that a view shows."""

from __future__ import annotations

from collections.abc import Callable

from bot.locales import Translator
from bot.providers import registry
from bot.providers.kit.profile_links import ProfileLinks
from bot.views.report.profile_links import Links

PagesOf = Callable[[str], ProfileLinks]
"""The pages of a system, by its provider's key."""


def no_pages(_: str) -> ProfileLinks:
    """For an operator who gave no addresses."""
    return ProfileLinks()


def links_of(pages: PagesOf, provider: str, t: Translator) -> Links:
    """The links to people of the source and of an integration's target."""
    source = registry.source().info.key
    return Links(
        source=t(f"{source}.name"),
        target=t(f"{provider}.name"),
        source_page=pages(source).link,
        target_page=pages(provider).link,
    )
