"""`python -m benchmarks speed` and `python -m benchmarks scale`; see `docs/benchmarks.md`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer
from rich.console import Console

from benchmarks.report import Findings
from benchmarks.speed import Speed
from benchmarks.speed import measure as measure_speed

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Speed, memory and scale, as ratios.")
console = Console()
progress = Console(stderr=True)


@cli.callback()
def _both() -> None:
    """Speed, memory and scale, as ratios."""


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
    parts: str = typer.Option("throughput,ceiling,memory,acknowledgements", help="What to measure."),
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


if __name__ == "__main__":
    cli()
