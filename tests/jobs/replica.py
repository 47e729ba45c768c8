"""One process of the bot's jobs, as the app would run them: `python -m tests.jobs.replica <settings as JSON>`.

Says "ready" when it works, or why it does not, and "stopping" when SIGTERM has reached it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from bot import logs
from bot.clock import system_clock
from bot.jobs.connections import Connections
from bot.jobs.engine import AlreadyRunning, Tuning
from bot.jobs.policy import Policy
from bot.jobs.service import Jobs
from bot.locales import translator
from storage.database import Database
from storage.vault import Vault
from tests.jobs.tellings import Tellings

TUNING = Tuning(polling_seconds=0.1, step_attempts=8, step_retry_seconds=0.1)
POLICY = Policy(
    retry_after=(0.1, 0.2),
    report_after=(0.1, 0.2, 0.5, 1, 2),
    batch=5,
    writers=2,
    progress_every=timedelta(0),
    dead_after=timedelta(seconds=2),
    tick_every=timedelta(seconds=0.3),
    beat_every=timedelta(seconds=0.3),
    sweep_every=timedelta(seconds=0.5),
    heal_after=timedelta(seconds=3),
)


@dataclass(frozen=True)
class Place:
    """Where a replica works: everything it needs to know."""

    url: str
    key: str
    options: dict[str, dict[str, str]]
    tellings: str
    grace: float = 10

    def argument(self) -> str:
        return json.dumps(asdict(self))


async def main(place: Place) -> None:
    database = Database(place.url, Vault([place.key]))
    jobs = Jobs(
        url=place.url,
        database=database,
        connections=Connections(database, lambda provider: place.options[provider]),
        reporter=Tellings(Path(place.tellings)),
        clock=system_clock,
        policy=POLICY,
        tuning=TUNING,
    )
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    try:
        await jobs.start()
    except AlreadyRunning as error:
        sys.stdout.write(translator("en").render(error.text) + "\n")
        raise SystemExit(3) from None
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await stopped.wait()
    sys.stdout.write("stopping\n")
    sys.stdout.flush()
    await jobs.stop(place.grace)
    await database.close()


if __name__ == "__main__":
    logs.configure("INFO")
    asyncio.run(main(Place(**json.loads(sys.argv[1]))))
