"""How long Slack waits for an acknowledgement over HTTP: of people of many workspaces who type at a steady rate, while
syncs run, of what a Bolt app takes that does nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.children import Child
from benchmarks.report import Findings
from benchmarks.systems import source_token_of
from bot.slack.http_server import EVENTS_PATH
from storage.vault import Vault
from tests.support.postgres import run_postgres

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What to measure: `rate` commands a second for so many `seconds`, of people of so many `workspaces`, while
    `integrations` of `people` each are previewed again and again; and `calm_rate` a second while one of `planned` is.
    """

    rate: float = 200.0
    seconds: float = 60.0
    workspaces: int = 100
    integrations: int = 8
    people: int = 300
    planned: int = 10_000
    calm_rate: float = 20.0


async def measure(door: Door, say: Say) -> Findings:
    """One replica on a PostgreSQL of its own; Slack, the systems and who types are processes of their own.

    Raises `tests.support.postgres.NoPostgres` where there is none.
    """
    options = {"a second": door.rate, "seconds": door.seconds, "workspaces": door.workspaces}
    findings = Findings("door", options)
    calm = replace(door, rate=door.calm_rate, people=door.planned, integrations=1)
    with run_postgres() as server, tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        for rush, wanted in (("door", door), ("planned", calm)):
            server.create(rush)
            async with AsyncExitStack() as stack:
                log = Path(name) / "door.log"
                children = [
                    await stack.enter_async_context(Child(f"benchmarks.{part}", log))
                    for part in ("slack", "systems", "typists", "bare_bolt", "bot")
                ]
                findings.raw[rush] = await _measure(
                    wanted, Path(name), server.url(rush), _Children(*children), findings, say
                )
    return findings


@dataclass(frozen=True, slots=True)
class _Children:
    slack: Child
    systems: Child
    typists: Child
    bare: Child
    bot: Child


async def _measure(
    door: Door, folder: Path, url: str, on: _Children, findings: Findings, say: Say
) -> dict[str, dict[str, Any]]:
    place = await on.slack.call("make", channels=door.integrations)
    outside = await on.systems.call("make", size=door.people, companies=door.integrations, keep_requests=False)
    teams = [f"TD{number:07d}" for number in range(door.workspaces)]
    secret = ""

    async def write(part: str) -> str:
        # Each time other commands: what is delivered again is acknowledged and not acted on.
        nonlocal secret
        file = str(folder / f"{part}.json")
        secret = await on.slack.call("commands", file=file, teams=teams, count=int(door.rate * door.seconds))
        return file

    async def type_at(address: str, file: str) -> dict[str, Any]:
        said: dict[str, Any] = await on.typists.call(
            "type", address=address + EVENTS_PATH, secret=secret, file=file, rate=door.rate, seconds=door.seconds
        )
        return said

    say(f"a Bolt app alone: {door.rate:.0f} commands a second for {door.seconds:.0f} s")
    file = await write("bare")
    bare = await type_at(await on.bare.call("start", secret=secret, command="/integration"), file)
    address = await on.bot.call(
        "start_over_http",
        database_url=url,
        key=Vault.generate_key(),
        slack={**place, "signing_secret": secret},
        options=outside["options"],
        teams=teams,
    )
    say("the bot, idle")
    idle = await type_at(address, await write("idle"))
    made = [
        await on.bot.call(
            "connect", team_id=teams[number % len(teams)], channel=place["channels"][number],
            account=outside["accounts"][number], source_token=source_token_of(number),
        )
        for number in range(door.integrations)
    ]  # fmt: skip
    say(f"the bot, while {door.integrations} integrations of {door.people} people are previewed")
    file = await write("busy")
    await on.bot.call("keep_on", integrations=made)
    busy = await type_at(address, file)
    figures = await on.bot.call("figures")
    previews = await on.bot.call("leave_off")
    rate = f"{door.rate:.0f} a second"
    findings.add(f"a Bolt app alone, {rate}", "p99", bare["p99"], "ms", note=f"of {bare['count']}")
    meanwhile = f"{door.integrations} previewed of {door.people:,} people"
    for part, said in ((f"the bot, {rate}, idle", idle), (f"the bot, {rate}, {meanwhile}", busy)):
        findings.add(part, "p50, of a Bolt app's", said["p50"] / bare["p50"], note=f"{said['p50']:.0f} ms")
        findings.add(part, "p99, of a Bolt app's", said["p99"] / bare["p99"], goal=1.5, note=f"{said['p99']:.0f} ms")
        findings.add(part, "longest", said["max"], "ms", goal=1000, note=f"who types was late by {said['late']['max']}")
        findings.add(part, "never came", said["missed"], goal=1)
    return {"bare": bare, "idle": idle, "busy": busy, "previews": previews, "figures": figures}
