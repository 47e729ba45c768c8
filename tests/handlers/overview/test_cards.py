"""An overview asks the database as often for three integrations as for sixty, and shows the most urgent of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from slack_sdk.webhook import WebhookResponse
from sqlalchemy.engine import Engine

from bot.domain.resource import Resource
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.services import Services
from bot.handlers.overview import cards, status
from bot.handlers.runs import full_sync
from bot.settings import Settings
from bot.slack.permissions import Member
from bot.slack.roles import Action, Role
from storage import expiries, integrations, overview, runs, workspaces
from storage.database import Database
from storage.expiries import Expiry
from storage.integrations import IntegrationState, NewIntegration
from storage.runs import NewRun, RunKind, RunState, RunTrigger
from storage.vault import Vault
from tests.support.migrated import KEY, copy_into
from tests.support.slack_office import MONDAY

TEAM = "T0100"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(copy_into(tmp_path), Vault([KEY]))
    yield opened
    await opened.close()


async def _fill(database: Database, number: int, batch: int) -> None:
    """Integrations, the first with runs, one of them under way; of the last, the credentials have ended."""
    async with database.session() as s:
        await workspaces.ensure(s, TEAM, "Fjell")
        for n in range(number):
            account = f"{batch}-{n}"
            made = await integrations.create(
                s,
                database.vault,
                NewIntegration(
                    team_id=TEAM,
                    provider=("tripletex", "paxml", "hogia_lon")[n % 3],
                    target_account_id=account,
                    target_account_name=f"Company {n:03}",
                    name=f"Name {batch}-{n:03}",
                    owner_user_id="U1",
                    channel_id="C1",
                    language="nb",
                    credentials={},
                    scope={"kind": "everyone"},
                ),
            )
            for k in range(4 if n < 4 else 0):
                run_id = f"{account}:{k}"
                kind, by = RunKind.SYNC, RunTrigger.MANUAL
                run = NewRun(id=run_id, integration_id=made.id, team_id=TEAM, kind=kind, trigger=by)
                await runs.create(s, run)
                if k < 3:
                    await runs.advance(s, run.id, RunState.READING)
                    await runs.advance(s, run.id, RunState.REPORTING, counts={"blocked": k})
                    await runs.advance(s, run.id, RunState.DONE)
        day = MONDAY.date() - timedelta(days=1)
        end = Expiry(team_id=TEAM, integration_id=made.id, until=day, warn_at=None)
        await expiries.replace(s, TEAM, made.id, end)
        await integrations.set_state(s, made.id, IntegrationState.NEEDS_RECONNECT)


class _Answers:
    """What the person is told, as Slack takes it."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def __call__(self, *, text: str, blocks: Any, **_: Any) -> Any:
        self.said.append(f"{text} {blocks}")
        return WebhookResponse(url="", status_code=200, body="ok", headers={})


def _interaction(database: Database, answers: _Answers) -> Interaction:
    unused: Any = None
    services = Services(
        database=database,
        access=unused,
        runs=unused,
        connections=unused,
        client_of=unused,
        background=unused,
        settings=Settings(
            _env_file=None,
            slack_bot_token=SecretStr("xoxb-1"),
            slack_app_token=SecretStr("xapp-1"),
            encryption_keys=SecretStr(KEY),
        ),
        clock=lambda: MONDAY,
    )
    member = Member(user_id="U1", team_id=TEAM, locale="nb-NO", timezone="Europe/Oslo", role=Role.ADMIN)
    respond: Any = answers
    return Interaction(services=services, client=unused, member=member, purpose=Action.LOOK, body={}, respond=respond)


@contextmanager
def _asked() -> Iterator[list[str]]:
    """What this task asks databases."""
    asked: list[str] = []
    own = asyncio.current_task()

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if asyncio.current_task() is own:
            asked.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)


async def _full(interaction: Interaction) -> None:
    unused: Any = None
    await full_sync.command(interaction, unused, "no such name")


LOOKS: dict[str, Callable[[Interaction], Awaitable[Any]]] = {
    "all": lambda interaction: status.command(interaction, "", asked=False),
    "home": lambda interaction: cards.cards(interaction, 27),
    "which": lambda interaction: status.command(interaction, "Name"),
    "full": _full,
}


async def test_an_overview_asks_as_often_for_sixty_as_for_three(database: Database) -> None:
    counted: list[dict[str, int]] = []
    for number in (3, 57):
        await _fill(database, number, len(counted))
        counted.append({})
        for name, look in LOOKS.items():
            answers = _Answers()
            with _asked() as asked:
                await look(_interaction(database, answers))
            counted[-1][name] = len(asked)
    assert counted[0] == counted[1]
    assert max(counted[1].values()) < 25


async def test_of_many_the_most_urgent_are_shown_and_all_counted(database: Database) -> None:
    await _fill(database, 20, 0)
    answers = _Answers()
    shown, number = await cards.cards(_interaction(database, answers), 15)
    assert number == 20
    assert len(shown) == 15
    assert shown[0].name == "Name 0-019", "its credentials are over and it waits for new ones"
    assert shown[0].until == MONDAY.date() - timedelta(days=1)
    assert [each.name for each in shown[1:]] == [f"Name 0-{n:03}" for n in range(14)]
    assert [each.active_run for each in shown[1:3]] == ["0-0:3", "0-1:3"]
    assert shown[1].last is not None
    assert shown[1].last.counts == {"blocked": 2}, "the newest that ended"
    await status.command(_interaction(database, answers), "", asked=False)
    assert "Name 0-013" in answers.said[0]
    assert "Name 0-014" not in answers.said[0]


@pytest.mark.parametrize("resource", [each.value for each in Resource])
async def test_what_is_read_of_all_is_what_is_read_of_each(database: Database, resource: str) -> None:
    await _fill(database, 5, 0)
    async with database.reading() as s:
        ended = await overview.last_ended(s, TEAM, resource)
        syncs = await overview.latest_syncs(s, list(ended), resource, 2)
        active = await overview.active(s, TEAM)
        for one in await integrations.list_for(s, TEAM):
            latest = await runs.latest(s, one.id, resource=resource)
            assert ended.get(one.id) == next((run for run in latest if run.ended), None)
            assert syncs.get(one.id, []) == list(latest[:2])
            assert active.get(one.id, []) == await runs.active(s, one.id)
