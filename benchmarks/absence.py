"""How fast an unchanged sync of absence is against bare reading, what it asks of the target, and its memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measures import median
from benchmarks.report import Findings
from benchmarks.stage import Stage

if TYPE_CHECKING:
    from benchmarks.speed import Speed

CONCURRENCY = 4
"""Calls at a time to each system, as for employees."""

AWAY = 10_000
"""People who have leave where memory is measured, at most: with four days each, 40,000 rows in the window."""

CHANGED = 10
"""Leaves that are deleted before the sync that has something to write."""


async def measure_absence(on: Stage, speed: Speed, findings: Findings, say: Callable[[str], None]) -> None:
    """Four days of leave for everybody, all of them in the target: what is found, what is as before, what changed."""
    rounds: list[dict[str, Any]] = []
    for turn in range(speed.repeats):
        say(f"absence: {speed.size:,} people, round {turn + 1} of {speed.repeats}")
        rounds.append(await _round(on, speed))
    part = f"absence, {speed.size:,} people, {rounds[-1]['rows']:,} days"
    findings.raw[part] = rounds
    unchanged = [one["unchanged"] for one in rounds]
    requests = {key: int(one["requests"]) for key, one in unchanged[-1]["counts"].items()}
    findings.add(part, "unchanged: requests to Simployer / to the target", sum(requests.values()), note=_said(requests))
    findings.add(
        part,
        f"unchanged: time, of that of bare httpx {CONCURRENCY} at once",
        median([one["bot"]["seconds"] / one["side_by_side"]["seconds"] for one in unchanged]),
        goal=1.5,
    )
    findings.add(
        part,
        "unchanged: time, of that of bare httpx one by one",
        median([one["bot"]["seconds"] / one["one_by_one"]["seconds"] for one in unchanged]),
        goal=1.5,
    )
    findings.add(
        part,
        "unchanged: CPU of the bot, of that of bare httpx",
        median([one["bot"]["cpu"] / one["side_by_side"]["cpu"] for one in unchanged]),
    )
    findings.add(part, "unchanged: writes", max(one["counts"]["tripletex"]["writes"] for one in unchanged), goal=1)
    changed = rounds[-1]["changed"]
    findings.add(
        part,
        "changed: writes, of days that differ",
        changed["counts"]["tripletex"]["writes"] / changed["days"],
        note=f"{changed['days']} days",
        goal=1.01,
    )
    findings.add(
        part,
        "changed: other requests to the target, of those of an unchanged sync",
        (changed["counts"]["tripletex"]["requests"] - changed["counts"]["tripletex"]["writes"] - changed["days"])
        / unchanged[-1]["counts"]["tripletex"]["requests"],
        note="without the look at each row before it is written",
    )


async def measure_memory(on: Stage, speed: Speed, findings: Findings, say: Callable[[str], None]) -> None:
    """The bot's memory at its highest in a preview of absence."""
    for size in speed.sizes:
        say(f"memory of absence: {size:,} people")
        place = await on.systems.call("make", size=size, filled=True, lift_list_limit=True)
        people = str(on.folder / "people.json")
        made = await on.systems.call("give_leave", file=people, most=AWAY)
        async with on.bot(place) as (bot, integration):
            await bot.call("place", integration_id=integration, file=people, first=made["first"])
            ran = await bot.call(
                "run", integration_id=integration, kind="preview", resource="absence", patience=speed.patience
            )
        part = f"memory of absence, {size:,} people, {made['rows']:,} days"
        findings.raw[part] = ran
        goal = 300 if size >= 100_000 else None
        findings.add(part, "peak until the plan is stored", ran["peak_rss"], "MB", goal=goal)
        findings.add(part, "of it before the run", ran["rss_before"], "MB")
        findings.add(part, "event loop late while planning, longest", ran["lag"]["max"], "ms")


async def _round(on: Stage, speed: Speed) -> dict[str, Any]:
    place = await on.systems.call("make", size=speed.size, filled=True, lift_list_limit=speed.size > 2_000)
    file, people = on.folder / "absence.json", on.folder / "people.json"
    made = await on.systems.call("give_leave", file=str(people))
    async with on.bot(place) as (bot, integration):
        await bot.call("place", integration_id=integration, file=str(people), first=made["first"])
        found = await _sync(on, bot, integration, speed)
        unchanged = await _sync(on, bot, integration, speed)
        await on.systems.call("record", file=str(file))
        days = await on.systems.call("take_leave", leaves=min(CHANGED, speed.size))
        changed = await _sync(on, bot, integration, speed)
    for concurrency, name in ((CONCURRENCY, "side_by_side"), (1, "one_by_one")):
        unchanged[name] = await _bare(on, place, file, concurrency)
    return {"rows": made["rows"], "found": found, "unchanged": unchanged, "changed": {**changed, "days": days}}


async def _sync(on: Stage, bot: Any, integration: str, speed: Speed) -> dict[str, Any]:
    await on.systems.call("forget")
    ran = await bot.call("run", integration_id=integration, kind="sync", resource="absence", patience=speed.patience)
    if ran["state"] != "done":
        raise RuntimeError(f"a sync of absence ended {ran['state']}")
    return {"bot": ran, "counts": await on.systems.call("counts")}


async def _bare(on: Stage, place: dict[str, Any], file: Path, concurrency: int) -> dict[str, Any]:
    answer: dict[str, Any] = await on.bare.call(
        "replay",
        file=str(file),
        options=place["options"],
        token=place["accounts"][0]["token"],
        concurrency=concurrency,
    )
    return answer


def _said(requests: dict[str, int]) -> str:
    return " / ".join(str(requests[key]) for key in ("simployer", "tripletex"))
