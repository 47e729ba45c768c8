"""How fast a sync is, against the same requests without the bot and against what the target's rate limit allows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.absence import measure_absence, measure_memory
from benchmarks.measures import median
from benchmarks.report import Findings
from benchmarks.stage import Stage, stage

SCHEDULED = "unchanged scheduled"
KINDS = ("first", "unchanged", SCHEDULED)
"""Everybody is created; then everybody is compared, as by hand; then a schedule looks for whoever has changed."""

CONCURRENCY = 4
"""Calls at a time to each system: what the providers allow themselves."""

LONGEST_SCRIPT = 60
"""Seconds that the script (`benchmarks.script`) may wait for answers."""

PARTS = ("throughput", "ceiling", "memory", "acknowledgements", "absence", "absence_memory")
"""What can be measured."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What to measure.

    `size` people for throughput and responsiveness, `slow_size` of them with answers that take `latency` seconds,
    `limited` of them under the rate limit of `limit` calls in `period` seconds, and `sizes` for memory. No run may
    take longer than `patience` seconds.
    """

    size: int = 10_000
    repeats: int = 3
    latency: float = 0.1
    slow_size: int = 300
    limited: int = 500
    limit: int = 100
    period: float = 2.0
    sizes: Sequence[int] = (1_000, 10_000, 100_000)
    patience: float = 7_200
    parts: Sequence[str] = PARTS


async def measure(speed: Speed, say: Say) -> Findings:
    """Measure the parts that are asked for."""
    findings = Findings("speed", {"size": speed.size, "repeats": speed.repeats})
    parts = {
        "throughput": _throughputs,
        "ceiling": _ceiling,
        "memory": _memory,
        "acknowledgements": _acknowledgements,
        "absence": measure_absence,
        "absence_memory": measure_memory,
    }
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        async with stage(Path(folder)) as on:
            for name in speed.parts:
                await parts[name](on, speed, findings, say)
    return findings


async def _throughputs(on: Stage, speed: Speed, findings: Findings, say: Say) -> None:
    quick = [Leg(kind, 0.0) for kind in KINDS]
    slow = [Leg(kind, speed.latency) for kind in KINDS]
    few = min(speed.size, speed.slow_size)
    # Creating everybody in slow systems would take hours; whoever is there can be compared in them.
    await _throughput(on, speed, speed.size, quick if few == speed.size else quick + slow[1:], findings, say)
    await _throughput(on, speed, few, slow, findings, say)


@dataclass(frozen=True, slots=True)
class Leg:
    """One sync of a round: its kind, and how many seconds each answer takes meanwhile."""

    kind: str
    latency: float

    def part(self, size: int) -> str:
        """What it is called in the table."""
        answers = f"answers after {self.latency * 1000:.0f} ms" if self.latency else "no latency"
        return f"{self.kind} sync, {size:,} people, {answers}"


async def _throughput(on: Stage, speed: Speed, size: int, legs: Sequence[Leg], findings: Findings, say: Say) -> None:
    """One sync after another, then the same requests without the bot: as many rounds as are asked for."""
    rounds: dict[Leg, list[dict[str, Any]]] = {leg: [] for leg in legs}
    for turn in range(speed.repeats):
        say(f"throughput: {size:,} people, round {turn + 1} of {speed.repeats}")
        place = await on.systems.call("make", size=size, latency=legs[0].latency)
        async with on.bot(place) as (bot, integration):
            for number, leg in enumerate(legs):
                await on.systems.call("slow_down", latency=leg.latency)
                ran = await bot.call(
                    "run",
                    integration_id=integration,
                    kind="sync",
                    scheduled=leg.kind == SCHEDULED,
                    patience=speed.patience,
                )
                counts = await on.systems.call("counts")
                await on.systems.call("record", file=str(on.folder / f"{number}.json"))
                rounds[leg].append({"bot": ran, "counts": counts})
        for number, leg in enumerate(legs):
            for concurrency, name in ((CONCURRENCY, "side_by_side"), (1, "one_by_one")):
                if turn and leg.latency and concurrency == 1:
                    continue  # takes longest, and waits so evenly that once is enough
                # Creating people again needs books without them; the rest may be asked of the full ones.
                if leg.kind == "first":
                    place = await on.systems.call("make", size=size, latency=leg.latency)
                await on.systems.call("slow_down", latency=leg.latency)
                rounds[leg][-1][name] = await on.bare.call(
                    "replay",
                    file=str(on.folder / f"{number}.json"),
                    options=place["options"],
                    token=place["accounts"][0]["token"],
                    concurrency=concurrency,
                )
            # A person after another: of thousands in slow systems it would take the day.
            if turn == 0 and leg.kind != SCHEDULED and size * leg.latency <= LONGEST_SCRIPT:
                if leg.kind == "first":
                    place = await on.systems.call("make", size=size, latency=leg.latency)
                await on.systems.call("slow_down", latency=leg.latency)
                token = place["accounts"][0]["token"]
                rounds[leg][-1]["script"] = await on.script.call("sync", options=place["options"], token=token)
    for leg, found in rounds.items():
        part = leg.part(size)
        findings.raw[part] = found
        findings.add(part, "requests", _requests(found[-1]["counts"]))
        findings.add(part, "requests per person", _requests(found[-1]["counts"]) / size)
        findings.add(part, "people per second", median([size / one["bot"]["seconds"] for one in found]))
        findings.add(
            part,
            "time, of that of bare httpx one by one",
            median([one["bot"]["seconds"] / one["one_by_one"]["seconds"] for one in found if "one_by_one" in one]),
        )
        findings.add(
            part,
            f"time, of that of bare httpx {CONCURRENCY} at once",
            median([one["bot"]["seconds"] / one["side_by_side"]["seconds"] for one in found]),
            # Without latency every millisecond of work shows; with it, what a customer would see.
            goal=1.25 if leg.latency else None,
        )
        scripts = [one["bot"]["seconds"] / one["script"]["seconds"] for one in found if "script" in one]
        if scripts:
            asked = f"{found[0]['script']['requests']} requests"
            findings.add(part, "time, of that of a script that compares one by one", median(scripts), note=asked)
        findings.add(
            part,
            "CPU of the bot, of that of bare httpx",
            median([one["bot"]["cpu"] / one["side_by_side"]["cpu"] for one in found]),
        )


async def _ceiling(on: Stage, speed: Speed, findings: Findings, say: Say) -> None:
    """How much of what the target's rate limit allows is used, as the target sees it."""
    size = min(speed.size, speed.limited)
    say(f"ceiling: {size:,} people, {speed.limit} calls in {speed.period:g} s")
    place = await on.systems.call("make", size=size, limit=speed.limit, period=speed.period)
    async with on.bot(place) as (bot, integration):
        await on.systems.call("forget")
        ran = await bot.call("run", integration_id=integration, kind="sync", patience=speed.patience)
        counts = (await on.systems.call("counts"))["tripletex"]
    # A window begins with its first call: so many whole windows must pass before the last call may come.
    ideal = (counts["requests"] - 1) // speed.limit * speed.period
    findings.raw["ceiling"] = {"bot": ran, "counts": counts, "ideal_seconds": ideal}
    part = f"first sync of {size:,} at {speed.limit} calls in {speed.period:g} s"
    findings.add(part, "of what the limit allows", ideal / counts["seconds"], goal=0.9, over=True)
    findings.add(part, "refused calls (429)", counts["refused"], note=f"of {counts['requests']}")


async def _memory(on: Stage, speed: Speed, findings: Findings, say: Say) -> None:
    """The bot's memory at its highest: a preview in which everybody is new, then one in which everybody is there."""
    for size in speed.sizes:
        for filled in (False, True):
            say(f"memory: {size:,} people, {'all' if filled else 'none'} of them in the target")
            place = await on.systems.call("make", size=size, filled=filled, lift_list_limit=size > 9_000)
            async with on.bot(place) as (bot, integration):
                ran = await bot.call("run", integration_id=integration, kind="preview", patience=speed.patience)
                part = f"memory, {size:,} people {'in both' if filled else 'new'}"
                findings.raw[part] = ran
                goal = 300 if size >= 100_000 else None
                findings.add(part, "peak until the plan is stored", ran["peak_rss"], "MB", goal=goal)
                findings.add(part, "peak until the report is in Slack", ran["told_peak_rss"], "MB", goal=goal)
                findings.add(part, "of it before the run", ran["rss_before"], "MB")
                findings.add(part, "event loop late while planning, p99", ran["lag"]["p99"], "ms")
                findings.add(part, "event loop late while planning, longest", ran["lag"]["max"], "ms")
                findings.add(part, "event loop late while reporting, longest", ran["told_lag"]["max"], "ms")


async def _acknowledgements(on: Stage, speed: Speed, findings: Findings, say: Say) -> None:
    """How long Slack waits for an acknowledgement while a preview is planned, against the same without a preview."""
    say(f"acknowledgements: while {speed.size:,} people are planned")
    place = await on.systems.call("make", size=speed.size, filled=True)
    async with on.bot(place) as (bot, integration):
        await on.slack.call("type_on", every=0.05)
        for _ in range(20):
            await bot.call("empty_ticks", times=20)
        idle = await on.slack.call("type_no_more")
        await on.slack.call("type_on", every=0.05)
        ran = await bot.call("run", integration_id=integration, kind="preview", patience=speed.patience)
        busy = await on.slack.call("type_no_more")
    findings.raw["acknowledgements"] = {"idle": idle, "busy": busy, "bot": ran}
    part = f"acknowledgements while {speed.size:,} are planned"
    findings.add(part, "p50, of that of an idle bot", busy["p50"] / (idle["p50"] or 1), note=f"{busy['p50']:.0f} ms")
    findings.add(part, "p99", busy["p99"], "ms", goal=1000, note=f"of {busy['count']}; idle {idle['p99']:.0f} ms")
    findings.add(part, "longest", busy["max"], "ms", goal=3000)
    findings.add(part, "never came", busy["missed"], goal=1)


def _requests(counts: dict[str, Any]) -> int:
    return sum(int(one["requests"]) for one in counts.values())
