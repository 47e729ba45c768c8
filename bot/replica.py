"""Which processes a replica is: a door and its worker on PostgreSQL, one for all on SQLite."""

from __future__ import annotations

from bot.app import App
from bot.core import metrics
from bot.jobs.engine.engine import AlreadyRunning
from bot.locales.translator import translator
from bot.settings import Settings
from bot.slack.http_server import PortTaken
from bot.slack.token_check import TokenRefused
from bot.worker_process import DoorTie, ProcessRole, WorkerFailed, WorkerProcess, be_nice


class OneFileOneProcess(Exception):
    """What is asked for takes several processes, and the database is a file."""


REASONS = (OneFileOneProcess, AlreadyRunning, PortTaken, TokenRefused, WorkerFailed)
"""Why a process ends that has hardly begun, beside its database."""


def reason(error: Exception) -> tuple[int, str]:
    """The exit code for one of `REASONS`, and what to tell whoever operates the bot."""
    match error:
        case AlreadyRunning():
            return 3, translator("en").render(error.text)
        case PortTaken():
            return 4, translator("en").render(error.text)
        case TokenRefused():
            return 5, f"{error.setting}: {error.says}"
        case WorkerFailed():
            return error.code if error.code > 0 else 1, "The worker process could not start; its own lines say why."
    return 2, str(error)


def of(settings: Settings, role: ProcessRole | None = None, under_door: int | None = None) -> App:
    """This process of it: what `role` says, or what is started by itself.

    `under_door` is the descriptor of a worker's socket to the door that keeps it. Raises `OneFileOneProcess`.
    """
    if settings.database_url.startswith("sqlite"):
        if role in (ProcessRole.DOOR, ProcessRole.WORKER):
            raise OneFileOneProcess(f"--role {role} needs PostgreSQL: a file of SQLite has one process.")
        return App(settings)
    if role is None:
        return App(settings, role=ProcessRole.DOOR, worker=WorkerProcess())
    if under_door is None:
        return App(settings, role=role)
    be_nice()
    # The operator asks the door, which asks its worker.
    return App(settings.model_copy(update={"metrics_port": None}), role=role, tie=DoorTie(under_door, metrics.figures))
