"""`python -m benchmarks speed`, `… scale`, `… neighbour` and `… door`; see `docs/benchmarks.md`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer
from rich.console import Console

from benchmarks.door import Door
from benchmarks.door import measure as measure_door
from benchmarks.neighbour import Neighbour
from benchmarks.neighbour import measure as measure_neighbour
from benchmarks.report import Findings
from benchmarks.scale import Scale
from benchmarks.scale import measure as measure_scale
from benchmarks.speed import PARTS, Speed
from benchmarks.speed import measure as measure_speed
from tests.support.postgres import NoPostgres

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Speed, memory and scale, as ratios.")
console = Console()
progress = Console(stderr=True)


def _say(what: str) -> None:
    progress.print(f"[dim]{what}[/]", highlight=False)


def _finish(findings: Findings, file: Path) -> None:
    findings.show(console)
    findings.save(file)
    console.print(f"Everything measured: {file}")


@cli.command()
def speed(
    size: int = typer.Option(10_000, help="People in the source."),
    repeats: int = typer.Option(3, help="Rounds of throughput; the median counts."),
    memory: str = typer.Option("1000,10000,100000", help="Sizes at which memory is measured."),
    parts: str = typer.Option(",".join(PARTS), help="What to measure."),
    json: Path = typer.Option(Path("build/benchmarks/speed.json"), help="Where the figures go."),  # noqa: B008
) -> None:
    """Time and memory of a sync, against the same requests without the bot."""
    wanted = Speed(
        size=size,
        repeats=repeats,
        sizes=tuple(int(one) for one in memory.split(",") if one),
        parts=tuple(one for one in parts.split(",") if one),
    )
    _finish(asyncio.run(measure_speed(wanted, _say)), json)


@cli.command()
def scale(
    size: int = typer.Option(5_000, help="Integrations, each with an account and a workspace of its own."),
    replicas: str = typer.Option("1,2,4", help="Numbers of replicas to measure with."),
    latency: float = typer.Option(0.05, help="Seconds that each answer of the outside systems takes."),
    schedules: int = typer.Option(100_000, help="Schedules for the empty tick."),
    json: Path = typer.Option(Path("build/benchmarks/scale.json"), help="Where the figures go."),  # noqa: B008
) -> None:
    """Everything due at the same minute, with one replica and with several, on a PostgreSQL of its own."""
    wanted = Scale(
        size=size,
        replicas=tuple(int(one) for one in replicas.split(",") if one),
        latency=latency,
        schedules=schedules,
    )
    try:
        findings = asyncio.run(measure_scale(wanted, _say))
    except NoPostgres as reason:
        progress.print(f"Not measured: {reason}")
        raise typer.Exit(2) from None
    _finish(findings, json)


@cli.command()
def door(
    rate: float = typer.Option(200.0, help="Commands a second."),
    seconds: float = typer.Option(60.0, help="How long, each time."),
    workspaces: int = typer.Option(100, help="Workspaces whose people type."),
    integrations: int = typer.Option(8, help="Integrations that are previewed meanwhile."),
    people: int = typer.Option(300, help="People of each of them."),
    json: Path = typer.Option(Path("build/benchmarks/door.json"), help="Where the figures go."),  # noqa: B008
) -> None:
    """How long Slack waits for an acknowledgement while syncs run."""
    wanted = Door(rate=rate, seconds=seconds, workspaces=workspaces, integrations=integrations, people=people)
    try:
        findings = asyncio.run(measure_door(wanted, _say))
    except NoPostgres as reason:
        progress.print(f"Not measured: {reason}")
        raise typer.Exit(2) from None
    _finish(findings, json)


@cli.command()
def neighbour(
    integrations: int = typer.Option(40, help="Integrations of the noisy workspace."),
    people: int = typer.Option(20, help="People of the quiet one."),
    readers: int = typer.Option(100, help="Readers of the noisy workspace at once."),
    repeats: int = typer.Option(7, help="How often each is measured; the median counts."),
    json: Path = typer.Option(Path("build/benchmarks/neighbour.json"), help="Where the figures go."),  # noqa: B008
) -> None:
    """What one workspace at its worst costs another at its best."""
    wanted = Neighbour(integrations=integrations, people=people, readers=readers, repeats=repeats)
    _finish(asyncio.run(measure_neighbour(wanted, _say)), json)


if __name__ == "__main__":
    cli()
