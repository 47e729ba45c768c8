"""Runs the stand-in for Tidsbanken alone: `python -m sandbox.tidsbanken --port 8088`."""

import asyncio
import contextlib

import typer

from sandbox.standin import serve
from sandbox.tidsbanken.seed import demo


def main(port: int = 8088) -> None:
    """Serve the demo's databases until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(demo(), port))


typer.run(main)
