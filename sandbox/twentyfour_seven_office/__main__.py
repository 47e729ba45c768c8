"""Runs the stand-in for 24SevenOffice alone: `python -m sandbox.twentyfour_seven_office --port 8086`."""

import asyncio
import contextlib

import typer

from sandbox.standin import serve
from sandbox.twentyfour_seven_office.seed import demo


def main(port: int = 8086) -> None:
    """Serve the demo's companies until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(demo(), port))


typer.run(main)
