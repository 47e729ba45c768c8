"""Norwegian identity numbers and D-numbers."""

from __future__ import annotations

import re

from bot.domain.employee import IdentityNumber


def norwegian_identity(identity: IdentityNumber) -> str | None:
    """The eleven digits; None for a number that is not Norwegian."""
    bare = re.sub(r"[\s.\-]", "", identity.value)
    return bare if identity.country in (None, "NO") and re.fullmatch(r"[0-9]{11}", bare) else None


def is_d_number(digits: str) -> bool:
    """Whether it is a D-number: an identity number with four added to its first digit."""
    return digits[0] in "4567"
