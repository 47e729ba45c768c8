"""What a benchmark found: figures with their goals, as a table for people and JSON for machines."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured. `goal` is a bound that `value` must be under, or over when `over` is set; None for none."""

    part: str
    what: str
    value: float
    unit: str = ""
    goal: float | None = None
    over: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if self.goal is None:
            return None
        return self.value > self.goal if self.over else self.value < self.goal


@dataclass(slots=True)
class Findings:
    """All figures of one benchmark, and what it ran on."""

    name: str
    options: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)
    busy_before: float = field(default_factory=lambda: os.getloadavg()[0])

    def add(self, part: str, what: str, value: float, unit: str = "", **more: Any) -> None:
        """Note a figure."""
        self.figures.append(Figure(part, what, value, unit, **more))

    def show(self, console: Console) -> None:
        """Print the table."""
        table = Table(title=f"{self.name}: {_said(self.options)}", show_edge=False)
        for heading, side in (
            ("part", "left"),
            ("what", "left"),
            ("measured", "right"),
            ("goal", "left"),
            ("", "left"),
        ):
            table.add_column(heading, justify=side)  # type: ignore[arg-type]
        part = ""
        for figure in self.figures:
            goal = "" if figure.goal is None else f"{'over' if figure.over else 'under'} {figure.goal:g}"
            verdict = {None: "", True: "met", False: "[bold]MISSED[/]"}[figure.met]
            shown = f"{figure.value:,.4g}" if abs(figure.value) < 1000 else f"{figure.value:,.0f}"
            if figure.part != part and part:
                table.add_section()
            what = f"{figure.what} ({figure.note})" if figure.note else figure.what
            table.add_row(
                figure.part if figure.part != part else "", what, f"{shown} {figure.unit}".strip(), goal, verdict
            )
            part = figure.part
        console.print(table)
        console.print(
            f"{os.cpu_count()} CPUs, load {self.busy_before:.1f} before the run, Python {platform.python_version()}."
        )

    def save(self, file: Path) -> None:
        """Write everything, with the single measurements behind the medians."""
        file.parent.mkdir(parents=True, exist_ok=True)
        data = {
            "benchmark": self.name,
            "options": self.options,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {
                "cpus": os.cpu_count(),
                "load_before": self.busy_before,
                "python": platform.python_version(),
                "system": platform.platform(),
            },
            "figures": [asdict(figure) | {"met": figure.met} for figure in self.figures],
            "raw": self.raw,
        }
        file.write_text(json.dumps(data, indent=1, default=str) + "\n", encoding="utf-8")


def _said(options: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in options.items())
