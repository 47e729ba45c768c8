"""How patient runs are, and how much they do at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One set for an installation.

    `timezone` tells which day it is for a run. `retry_after` are the pauses, in seconds, after each time that a
    system was unavailable, and with them how often a run tries; `report_after` the same for telling people. `writers`
    is how many employees of a run are written at once, `batch` how many between two checkpoints. `heal_after` is how
    old a run must be before a sweep wonders why nobody works on it. `place_after` is how many seconds a run waits
    that cannot begin, as its workspace has its share of places or its account is taken; then twice as many, and so on.
    `lasts` is how long one execution of a run may read at most, and how long it may write.
    `uninstalled_kept` is how long credentials outlive an uninstallation; None where that cannot be told (Socket Mode).
    `gone_kept` is how long people are remembered whom no comparison of everyone has met, `runs_kept` how long runs are;
    None keeps them. `leave_kept` is how long after a closed day the ledger still knows what was delivered of it.
    `settled_after` is how long after a start the housekeeping begins that nobody waits for.
    """

    timezone: str = "Europe/Stockholm"
    retry_after: tuple[float, ...] = (15, 60, 240)
    report_after: tuple[float, ...] = (2, 10, 30, 60, 300, *([900] * 284))
    writers: int = 4
    batch: int = 50
    runs_at_once: int = 16
    place_after: float = 1.0
    lasts: timedelta = timedelta(hours=6)
    reports_at_once: int = 32
    progress_every: timedelta = timedelta(seconds=3)
    full_compare_every: timedelta = timedelta(days=7)
    approval_lives: timedelta = timedelta(days=7)
    plan_lives: timedelta = timedelta(hours=12)
    late_after: timedelta = timedelta(hours=24)
    outcomes_kept: timedelta = timedelta(days=90)
    runs_kept: timedelta | None = None
    gone_kept: timedelta | None = None
    audit_kept: timedelta | None = None
    uninstalled_kept: timedelta | None = None
    leave_kept: timedelta = timedelta(days=13 * 31)
    engine_rows_kept: timedelta = timedelta(days=30)
    dead_after: timedelta = timedelta(seconds=30)
    tick_every: timedelta = timedelta(seconds=5)
    beat_every: timedelta = timedelta(seconds=5)
    sweep_every: timedelta = timedelta(seconds=10)
    heal_after: timedelta = timedelta(minutes=1)
    clean_every: timedelta = timedelta(hours=6)
    settled_after: timedelta = timedelta(seconds=20)
