"""What was looked at in an installation or an account, and what was found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at. `says` is for the operator and has no secret."""

    what: str
    ok: bool
    says: str
