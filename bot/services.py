"""What handlers work with: one of each part of the running bot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.access import Access
from bot.background import Background
from bot.jobs.connections import Connections
from bot.jobs.runs import Runs
from bot.settings import Settings
from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that handlers need. `clock` gives the present as an aware UTC time."""

    database: Database
    access: Access
    runs: Runs
    connections: Connections
    background: Background
    settings: Settings
    clock: Callable[[], datetime]
