"""What a plan is asked for: the scope, the settings, and what is remembered of earlier runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.domain.scope import Scope
from bot.providers.protocol import Settings
from bot.sync.compare.fingerprints import Fingerprint, Memory
from bot.sync.compare.match import Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """What to plan and what is known. `only` narrows a run to some people of the scope, for a rerun.

    `full` compares everyone with the target even where nothing changed in the source; drift found by it is put right,
    or only reported where `restore_drift` is False. `redeliver` delivers everyone whole to a file target. `countries`
    are the target's, ISO 3166-1 alpha-2. With `preflight`, the target's own is made before anybody is planned.
    `outside` has the traces of people outside the scope (`Plan.outside`), by source id.
    """

    scope: Scope
    settings: Settings
    environment: str
    today: date
    fingerprint: Fingerprint = field(repr=False)
    memory: Memory = field(default_factory=dict, repr=False)
    outside: Mapping[str, str] = field(default_factory=dict, repr=False)
    resolutions: Mapping[str, Resolution] = field(default_factory=dict)
    only: frozenset[str] | None = None
    countries: tuple[str, ...] = ()
    full: bool = True
    restore_drift: bool = True
    redeliver: bool = False
    preflight: bool = False
    made_at: datetime | None = None
