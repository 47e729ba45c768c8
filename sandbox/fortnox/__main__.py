"""Runs the stand-in for Fortnox alone: `python -m sandbox.fortnox --port 8085`."""

import asyncio
import contextlib

import typer

from sandbox.fortnox.seed import demo
from sandbox.standin import serve


def main(port: int = 8085) -> None:
    """Serve the demo's companies until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(demo(), port))


typer.run(main)
