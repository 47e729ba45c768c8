"""Runs the stand-in for Kleer alone: `python -m sandbox.kleer --port 8087`."""

import asyncio
import contextlib

import typer

from sandbox.kleer.seed import demo
from sandbox.standin import serve


def main(port: int = 8087) -> None:
    """Serve the demo's companies until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(demo(), port))


typer.run(main)
