"""What handlers work with: one of each part of the running bot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.connections import Connections
from bot.core.task_group import TaskGroup
from bot.jobs.runs.service import RunService
from bot.settings import Settings
from bot.slack.connection import ClientOf
from bot.slack.permissions import Permissions
from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that handlers need. `clock` gives the present as an aware UTC time, `client_of` a team's own client.

    `menu` is what a card offers behind its three dots, by action id: the table of commands says so.
    """

    database: Database
    access: Permissions
    runs: RunService
    connections: Connections
    client_of: ClientOf
    background: TaskGroup
    settings: Settings
    clock: Callable[[], datetime]
    menu: tuple[str, ...] = ()
