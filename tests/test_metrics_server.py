"""The operator's port: who asks is told whether the process works and what it counts."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from bot.core import metrics
from bot.core.clock import SetClock
from bot.metrics_server import MetricsServer
from bot.slack.http_server import PortTaken
from storage import audit, audit_check, integrations, runs, workspaces
from storage.database import Database
from storage.models import AuditAnchorRow, AuditRow, table
from storage.runs import NewRun, RunKind, RunState, RunTrigger
from storage.vault import Vault
from tests.storage.conftest import TEAM, new_integration
from tests.support.migrated import FILE, KEY, copy_into
from tests.support.slack_office import Office, open_office

LATER = datetime(2100, 1, 1, tzinfo=UTC)


class Door:
    """A server over a database of its own."""

    def __init__(self, database: Database) -> None:
        self.database, self.well = database, True
        self.server = MetricsServer("127.0.0.1", 0, database, SetClock(LATER), self._hindrance)

    async def _hindrance(self) -> str | None:
        return None if self.well else "slack_not_connected"

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.get(self.server.address + path)

    async def figures(self) -> dict[tuple[str, ...], float]:
        """Value by name and labels, in the order of their names."""
        families = text_string_to_metric_families((await self.get("/metrics")).text)
        return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    made = Door(Database(copy_into(tmp_path), Vault([KEY])))
    await made.server.start()
    yield made
    await made.server.stop()
    await made.database.close()


async def test_ready_says_whether_work_is_taken_and_health_that_it_lives(door: Door) -> None:
    assert (await door.get("/ready")).status_code == 200
    door.well = False
    answer = await door.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"ok": False, "reason": "slack_not_connected"})
    assert (await door.get("/health")).status_code == 200


async def test_runs_that_wait_are_counted_and_the_oldest_has_an_age(door: Door) -> None:
    async with door.database.session() as s:
        await workspaces.ensure(s, TEAM)
        one = await integrations.create(s, door.database.vault, new_integration())
        for name in ("waits", "reported"):
            await runs.create(
                s,
                NewRun(
                    id=name,
                    integration_id=one.id,
                    team_id=TEAM,
                    kind=RunKind.SYNC,
                    trigger=RunTrigger.MANUAL,
                ),
            )
        await runs.advance(s, "reported", RunState.REPORTING, finished_at=LATER - timedelta(seconds=90))
    figures = await door.figures()
    assert figures["integration_bot_database_up",] == figures["integration_bot_database_writable",] == 1
    assert figures["integration_bot_runs", "queued"] == 1
    assert figures["integration_bot_runs", "applying"] == 0
    assert figures["integration_bot_queue_depth", "reports"] == 1
    assert figures["integration_bot_oldest_unreported_seconds",] == 90
    assert figures["integration_bot_oldest_queued_seconds",] > 0


async def test_an_older_audit_that_is_put_in_place_with_its_anchor_is_seen_by_its_number(door: Door) -> None:
    async def entries() -> float:
        return (await door.figures())["integration_bot_audit_entries",]

    async def written() -> None:
        async with door.database.session() as s:
            await audit.write(s, TEAM, "U1", "run.approve")

    assert await entries() == 0
    await written()
    before, rows, anchors = await entries(), table(AuditRow), table(AuditAnchorRow)
    async with door.database.reading() as s:
        kept = (await s.execute(sa.select(anchors).where(anchors.c.team_id == TEAM))).mappings().one()
    await written()
    await written()
    assert await entries() == before + 2
    assert all(not one.faults for one in await audit_check.check(door.database))
    async with door.database.session() as s:
        # As who owns the tables can.
        for trigger in ("audit_no_delete", "audit_no_update"):
            await s.execute(sa.text(f"DROP TRIGGER IF EXISTS {trigger}"))
        await s.execute(sa.delete(rows).where(rows.c.team_id == TEAM, rows.c.position > 1))
        await s.execute(sa.update(anchors).where(anchors.c.team_id == TEAM).values(dict(kept)))
    assert all(not one.faults for one in await audit_check.check(door.database)), "the chain itself shows nothing"
    assert await entries() == before, "and a monitor that remembers a greater number does"


async def test_without_a_database_the_process_lives_and_says_so(door: Door, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    figures = await door.figures()
    assert figures["integration_bot_database_up",] == 0
    assert (await door.get("/health")).status_code == 200


async def test_refused_calls_are_counted_by_system(door: Door) -> None:
    before = (await door.figures()).get(("integration_bot_refusals_total", "tripletex"), 0)
    for status in (200, 429, 0):
        metrics.count_call("tripletex", status)
    after = await door.figures()
    assert after["integration_bot_refusals_total", "tripletex"] == before + 1
    assert after["integration_bot_calls_total", "none", "tripletex"] >= 1


async def test_a_taken_port_names_its_own_setting(door: Door) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        other = MetricsServer("127.0.0.1", taken.getsockname()[1], door.database, SetClock(LATER), door._hindrance)
        with pytest.raises(PortTaken) as refused:
            await other.start()
        await other.stop()
    assert refused.value.text.values["setting"] == "METRICS_PORT"


class WatchedOffice(Office):
    """The office with a bot that is watched."""

    def _way_to_slack(self) -> dict[str, Any]:
        return {**super()._way_to_slack(), "metrics_port": 0}


async def test_the_bot_is_ready_once_slack_reaches_it_and_counts_acknowledgements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _acknowledged()
    async with open_office(tmp_path, WatchedOffice) as office:
        assert office.app.metrics is not None
        async with httpx.AsyncClient() as client:
            answer = await client.get(office.app.metrics.address + "/ready")
        assert answer.status_code == 200
        monkeypatch.setattr("storage.trouble.LEAST_BYTES", 10**18)
        assert await office.app.hindrance() == "database_full"
        monkeypatch.undo()
        await office.person("henrik").type("/integration help")
        assert _acknowledged() > before
    assert await office.app.hindrance() == "slack_not_connected"


def _acknowledged() -> float:
    return metrics.REGISTRY.get_sample_value("integration_bot_acknowledgement_seconds_count") or 0
