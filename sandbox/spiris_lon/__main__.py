"""Runs the stand-in for Spiris Lön alone: `python -m sandbox.spiris_lon --port 8095`."""

import asyncio
import contextlib

import typer

from sandbox.spiris_lon.seed import demo
from sandbox.standin import serve


def main(port: int = 8095) -> None:
    """Serve the demo's companies until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(demo(), port))


typer.run(main)
