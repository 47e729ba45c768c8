"""Who is cut off has nothing left that opens anything; who asks is given all of theirs, and it can be erased."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot import person_requests, privacy
from bot.__main__ import cli, say
from bot.core import private_file
from bot.core.text import text
from bot.domain.change import Lookalike
from bot.domain.change import Person as Employee
from bot.domain.outcome import Outcome, OutcomeKind
from bot.sync.checks.findings import finding
from bot.sync.codec import outcome_to_json
from storage import (
    audit,
    drafts,
    installations,
    integrations,
    leave_files,
    leave_ledger,
    outcomes,
    people,
    plan_differences,
    plans,
    resolutions,
    runs,
    seals,
    workspace_records,
    workspaces,
)
from storage.audit_check import check
from storage.database import Database
from storage.installations import Bundle, BundleKind
from storage.integrations import Integration, IntegrationState
from storage.json_codec import loads
from storage.leave_files import StoredLeaveFile
from storage.models import Base
from storage.outcomes import StoredOutcome
from storage.people import PersonState
from storage.resolutions import ResolutionKind, StoredResolution
from storage.runs import RunState
from storage.vault import Vault
from tests.storage.conftest import ADMIN, TEAM, new_integration, new_run
from tests.storage.leave_rows import leave_entry, leave_file
from tests.support.migrated import KEY, copy_into
from tests.support.slack_office import SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, open_office

OTHER = "T0200"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


async def fill(database: Database, team_id: str) -> Integration:
    """A workspace with everything that one can have."""
    async with database.session() as s:
        await workspaces.ensure(s, team_id)
        await workspaces.set_source(s, database.vault, team_id, {"token": "source"}, "77", "Fjell")
        bundle = Bundle(
            team_id=team_id,
            enterprise_id=None,
            kind=BundleKind.BOT,
            user_id=None,
            data={"bot_token": "slack"},
            installed_at=NOW,
        )
        await installations.save(s, database.vault, bundle)
        one = await integrations.create(s, database.vault, new_integration(team_id=team_id))
        await drafts.open(s, database.vault, team_id, ADMIN, "setup", {"token": "draft"}, timedelta(days=1))
        run, _ = await runs.create(s, new_run(one, f"sync:{team_id}"))
        rows = [
            StoredOutcome(position=0, source_id="e1", person_number="1005", kind="created", person_name="Ingrid"),
            StoredOutcome(position=1, source_id="e2", person_number="1006", kind="created", person_name="Olav"),
        ]
        await outcomes.record(s, database.vault, run.id, rows)
        await plans.store(s, database.vault, run.id, "header", [("e1", "create", 1)])
        known = [PersonState(source_id=f"e{n}", number=f"100{4 + n}", seen_at=NOW) for n in (1, 2)]
        await people.upsert(s, one.id, known)
        await leave_ledger.append(s, database.vault, one.id, [leave_entry()])
    return one


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(copy_into(tmp_path), Vault([KEY]))
    for team_id in (TEAM, OTHER):
        await fill(made, team_id)
    yield made
    await made.close()


async def sealed(database: Database, team_id: str) -> dict[str, int]:
    """Sealed values of a workspace, by column."""
    found = {}
    async with database.reading() as s:
        for column in seals.COLUMNS:
            rows, name = column.rows, column.name
            there = sa.select(sa.func.count()).select_from(rows)
            found[f"{rows.name}.{name}"] = (
                await s.scalar(there.where(rows.c[name].is_not(None), column.team == team_id)) or 0
            )
    return {name: number for name, number in found.items() if number and name != "audit_anchors.anchor"}


async def test_who_is_cut_off_has_no_secret_left_and_nothing_runs(database: Database) -> None:
    before = await sealed(database, OTHER)
    said = await privacy.cut_off(database, TEAM)
    left = await sealed(database, TEAM)
    assert set(left) == {"integrations.choices", "outcomes.sealed", "leave_ledger.sealed"}, (
        "what was chosen is no secret"
    )
    assert await sealed(database, OTHER) == before
    async with database.reading() as s:
        (one,) = await integrations.list_for(s, TEAM)
        run = await runs.get(s, f"sync:{TEAM}")
        entries = await audit.page(s, TEAM)
    assert one.state is IntegrationState.NEEDS_RECONNECT
    assert run is not None
    assert run.state is RunState.CANCELLED
    assert entries[0].action == privacy.CUT_OFF
    assert "1 Slack tokens" in said[0]


async def test_cutting_off_twice_does_no_harm_and_a_stranger_is_named(database: Database) -> None:
    await privacy.cut_off(database, TEAM)
    assert "0 Slack tokens" in (await privacy.cut_off(database, TEAM))[0]
    with pytest.raises(privacy.NotDone, match="T0999"):
        await privacy.cut_off(database, "T0999")


async def test_an_erased_workspace_is_in_no_table_but_the_audit(database: Database) -> None:
    before = await counted(database, OTHER)
    await privacy.erase_workspace(database, TEAM, with_audit=False)
    assert set(await counted(database, TEAM)) <= {"audit", "audit_anchors"}
    assert await counted(database, OTHER) == before
    async with database.reading() as s:
        (latest,) = await audit.page(s, audit.INSTALLATION, limit=1)
    assert (latest.action, (latest.new or {})["workspace"]) == (privacy.WORKSPACE_ERASED, TEAM)


async def test_the_audit_goes_with_it_where_that_is_wished_and_no_chain_is_broken(database: Database) -> None:
    await privacy.cut_off(database, TEAM)
    await privacy.erase_workspace(database, TEAM, with_audit=True)
    assert set(await counted(database, TEAM)) <= {"audit_anchors"}
    assert [state.faults for state in await check(database, None) if state.faults] == []


async def counted(database: Database, team_id: str) -> dict[str, int]:
    """Rows of a workspace by table, where they name it."""
    found = {}
    async with database.reading() as s:
        for name, rows in Base.metadata.tables.items():
            if "team_id" in rows.c:
                mine = sa.select(sa.func.count()).select_from(rows).where(rows.c.team_id == team_id)
                found[name] = await s.scalar(mine) or 0
            elif "run_id" in rows.c:
                mine = sa.select(sa.func.count()).select_from(rows).where(rows.c.run_id == f"sync:{team_id}")
                found[name] = await s.scalar(mine) or 0
    return {name: number for name, number in found.items() if number}


async def test_a_person_is_given_all_of_theirs_and_nothing_of_anybody_else(database: Database, tmp_path: Path) -> None:
    out = tmp_path / "person.jsonl"
    await privacy.export_person(database, TEAM, "1005", None, out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert sorted(row["table"] for row in rows) == ["leave_ledger", "outcomes", "people", "plan_changes"]
    assert {row["name"] for row in rows if row["table"] == "outcomes"} == {"Ingrid"}
    assert next(row["detail"] for row in rows if row["table"] == "leave_ledger")["code"] == "801"
    assert "Olav" not in out.read_text()
    assert out.stat().st_mode & 0o777 == 0o600
    async with database.reading() as s:
        (entry,) = await audit.page(s, TEAM, limit=1)
    assert entry.action == person_requests.EXPORTED
    assert "1005" not in str(entry.new)


async def test_the_file_of_one_person_names_nobody_who_looks_alike(database: Database, tmp_path: Path) -> None:
    doubtful = Outcome(
        OutcomeKind.CONFLICT,
        Employee("e1", "1005", "Ingrid", None),
        findings=(finding("target.looks_like", other="Olav Canary", number="77-CANARY"), finding("number.missing")),
        reason=text("check.target.looks_like", other="Olav Canary", number="77-CANARY"),
        lookalikes=(Lookalike("t-CANARY", "77-CANARY", "Olav Canary", "name_birth_date"),),
    )
    row = StoredOutcome(
        position=2, source_id="e1", person_number="1005", kind="conflict", person_name="Ingrid",
        detail=outcome_to_json(doubtful),
    )  # fmt: skip
    async with database.session() as s:
        await outcomes.record(s, database.vault, f"sync:{TEAM}", [row])
        (one,) = await integrations.list_for(s, TEAM)
        decided = StoredResolution(
            integration_id=one.id, source_id="e1", decision=ResolutionKind.DIFFERENT, target_id="t1-CANARY",
            decided_by=ADMIN, decided_at=NOW, others=("t2-CANARY",),
        )  # fmt: skip
        await resolutions.put(s, decided)
    out = tmp_path / "person.jsonl"
    await privacy.export_person(database, TEAM, "1005", None, out)
    assert "canary" not in out.read_text().casefold()
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    (told,) = [row["detail"] for row in rows if row["table"] == "outcomes" and row["position"] == 2]
    assert [found["code"] for found in told["findings"]] == ["target.looks_like", "number.missing"]
    assert told["lookalikes"] == 1


async def test_a_workspace_is_given_all_of_its_own_without_secrets_and_nothing_of_another(
    database: Database, tmp_path: Path
) -> None:
    async with database.session() as s:
        (other,) = await integrations.list_for(s, OTHER)
        (mine,) = await integrations.list_for(s, TEAM)
        await runs.keep_refusal(s, database.vault, f"sync:{TEAM}", "no such department \ud800")
        rows = [StoredOutcome(position=0, source_id="x1", person_number="9", kind="created", person_name="Canary")]
        run, _ = await runs.create(s, new_run(other, "sync:canary"))
        await outcomes.record(s, database.vault, run.id, rows)
        await leave_files.add(s, database.vault, leave_file(mine.id))
        await plan_differences.append(s, database.vault, f"sync:{TEAM}", 0, [("came_in", "Kari")])
    out = tmp_path / "workspace.jsonl"
    said = await privacy.export_workspace(database, TEAM, out)
    written = out.read_text()
    rows_given = [loads(line) for line in written.splitlines()]
    given = {name: [row for row in rows_given if row["table"] == name] for name in {row["table"] for row in rows_given}}
    assert {name: len(found) for name, found in given.items()} == {
        name: count for name, count in (await counted(database, TEAM)).items() if name != "audit_anchors"
    } | {"people": 2}
    assert said[0].startswith(f"{len(rows_given)} records of {TEAM}")
    opened = {name: found[0].get("sealed") for name, found in given.items() if found[0].get("sealed")}
    assert set(opened) == {"outcomes", "leave_ledger", "leave_files", "plans", "plan_changes", "plan_differences"}
    assert opened["outcomes"][0] == "Ingrid"
    assert opened["leave_ledger"]["code"] == "801"
    assert given["runs"][0]["refusal"] == "no such department \ud800"
    withheld = {name: found[0]["withheld"] for name, found in given.items() if "withheld" in found[0]}
    assert withheld == {
        "workspaces": ["source_credentials"],
        "installations": ["sealed"],
        "integrations": ["credentials", "choices"],
        "drafts": ["sealed"],
        "plans": ["digest"],
    }
    assert not any("unreadable" in row for row in rows_given)
    secrets = ("slack", "draft", "bot_token", "Canary", "x1", OTHER, other.id, "tok-employee", "source")
    assert [word for word in secrets if f'"{word}"' in written] == []
    assert out.stat().st_mode & 0o777 == 0o600
    async with database.reading() as s:
        (entry,) = await audit.page(s, TEAM, limit=1)
    assert (entry.action, entry.origin) == (privacy.WORKSPACE_EXPORTED, "command")
    with pytest.raises(FileExistsError):
        await privacy.export_workspace(database, TEAM, out)
    assert out.read_text() == written
    with pytest.raises(privacy.NotDone, match="T0999"):
        await privacy.export_workspace(database, "T0999", tmp_path / "none.jsonl")
    assert not (tmp_path / "none.jsonl").exists()


async def test_what_no_key_opens_is_named_in_the_file_of_a_workspace(database: Database, tmp_path: Path) -> None:
    async with database.session() as s:
        await s.execute(sa.update(Base.metadata.tables["outcomes"]).values(sealed=b"lost"))
    await privacy.export_workspace(database, TEAM, tmp_path / "workspace.jsonl")
    rows = [loads(line) for line in (tmp_path / "workspace.jsonl").read_text().splitlines()]
    assert [row.get("unreadable") for row in rows if row["table"] == "outcomes"] == [["sealed"]] * 2


def test_each_table_and_each_sealed_column_is_given_out_or_withheld_on_purpose() -> None:
    owned = {"team_id", "run_id", "integration_id"}
    tables = {name for name, rows in Base.metadata.tables.items() if owned & set(rows.c.keys())}
    assert set(Base.metadata.tables) - workspace_records.INSTALLATIONS_OWN <= tables
    assert tables & workspace_records.INSTALLATIONS_OWN == {"audit_anchors"}
    entered = {f"{column.rows.name}.{column.name}" for column in workspace_records.WITHHELD}
    assert entered >= {"workspaces.source_credentials", "installations.sealed", "integrations.credentials"}
    for rows in Base.metadata.tables.values():
        sealed = {column.name for column in seals.COLUMNS if column.rows is rows}
        assert {column.name for column in rows.c if isinstance(column.type, sa.LargeBinary)} <= sealed


def test_a_private_file_that_does_not_come_to_its_end_is_taken_away(tmp_path: Path) -> None:
    out = tmp_path / "half.jsonl"
    with pytest.raises(ZeroDivisionError), private_file.opened(out) as file:
        file.write(str(1 / 0))
    assert not out.exists()


def test_the_command_says_where_the_file_of_a_workspace_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = copy_into(tmp_path)

    async def make() -> None:
        made = Database(address, Vault([KEY]))
        await fill(made, TEAM)
        await made.close()

    asyncio.run(make())
    set_up = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "ENCRYPTION_KEYS": KEY,
        "DATABASE_URL": address,
    }
    for name, value in set_up.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    words = ["workspace", "export", TEAM, "--out", "all.jsonl"]
    result = CliRunner().invoke(cli, words)
    assert (result.exit_code, f"records of {TEAM} are in all.jsonl" in result.output) == (0, True), result.output
    again = CliRunner().invoke(cli, words)
    assert (again.exit_code, "is there already" in again.output) == (2, True)
    assert CliRunner().invoke(cli, ["workspace", "export", "T0999", "--out", "none.jsonl"]).exit_code == 2


async def test_nobody_is_erased_from_a_run_under_way(database: Database) -> None:
    with pytest.raises(privacy.NotDone, match="has not ended"):
        await privacy.erase_person(database, TEAM, "1005", None)


async def test_an_erased_person_is_gone_but_for_the_days_that_would_be_paid_twice(database: Database) -> None:
    async with database.session() as s:
        await runs.advance(s, f"sync:{TEAM}", RunState.CANCELLED)
    said = "\n".join(await privacy.erase_person(database, TEAM, "1005", None))
    assert "1 entries of absence stay" in said
    assert await left(database, TEAM) == ["e2"]
    assert await left(database, OTHER) == ["e1", "e2"]
    with pytest.raises(privacy.NotDone, match="Nothing is stored"):
        await privacy.erase_person(database, TEAM, "1005", None)


async def test_a_number_that_two_have_had_asks_which(database: Database, tmp_path: Path) -> None:
    async with database.session() as s:
        await runs.advance(s, f"sync:{TEAM}", RunState.CANCELLED)
        (one,) = await integrations.list_for(s, TEAM)
        await people.upsert(s, one.id, [PersonState(source_id="e9", number="1005", seen_at=NOW)])
    with pytest.raises(privacy.NotDone, match="e1, e9"):
        await privacy.erase_person(database, TEAM, "1005", None)
    with pytest.raises(privacy.NotDone, match="e1, e9"):
        await privacy.export_person(database, TEAM, "1005", None, tmp_path / "both.jsonl")
    assert not (tmp_path / "both.jsonl").exists()
    await privacy.erase_person(database, TEAM, "1005", "e9")
    assert await left(database, TEAM) == ["e1", "e2"]


async def left(database: Database, team_id: str) -> list[str]:
    """Who is still known, by what was remembered and by what was reported."""
    async with database.reading() as s:
        (one,) = await integrations.list_for(s, team_id)
        known = set(await people.load(s, one.id))
        told = {outcome.source_id for outcome in await outcomes.all(s, database.vault, f"sync:{team_id}")}
    assert known >= told
    return sorted(known)


async def test_who_was_cut_off_enters_both_secrets_again_and_goes_on(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        made = await office.make()
        await privacy.cut_off(office.app.database, office.team_id)
        henrik = office.person("henrik")
        await henrik.type("/integration credentials")
        await office.until_step(henrik, "credentials")
        await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
        await office.until_step(henrik, "token")
        await henrik.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
        await henrik.submit()
        await office.shows(henrik, "synkroniserer som før")
        assert (await office.integration(made.id)).state is IntegrationState.CONNECTED


async def test_it_is_told_where_a_person_is_chosen_by_name_and_that_files_hold_them(
    database: Database, tmp_path: Path
) -> None:
    async with database.session() as s:
        await runs.advance(s, f"sync:{TEAM}", RunState.CANCELLED)
        (one,) = await integrations.list_for(s, TEAM)
        await integrations.update(s, one.id, one.version, scope={"kind": "people", "ids": ["e1", "e2"], "excluded": []})
        kept = StoredLeaveFile(
            integration_id=one.id,
            period="2026-03",
            sequence=1,
            state="made",
            mode="whole",
            content_digest="0",
            run_id="r",
            held={"days": []},
        )
        await leave_files.add(s, database.vault, kept)
    out = tmp_path / "person.jsonl"
    await privacy.export_person(database, TEAM, "1005", None, out)
    chosen = [row for line in out.read_text().splitlines() if (row := json.loads(line))["table"] == "integrations"]
    assert [row["chosen_by_name"] for row in chosen] == [["e1"]]
    said = "\n".join(await privacy.erase_person(database, TEAM, "1005", None))
    assert f'The scope of "{one.name}"' in said
    assert "1 files of absence" in said


def test_what_a_customer_has_typed_is_not_obeyed_by_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("T1  paxml  account:\x1b[2J\x1b]0;owned\x07me\u202e@host\r\nT2  forged")
    assert capsys.readouterr().out == "T1  paxml  account: [2J ]0;owned me@host T2  forged\n"
