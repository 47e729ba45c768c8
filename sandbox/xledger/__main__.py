"""Runs the stand-in for Xledger alone: `python -m sandbox.xledger --port 8089`."""

import asyncio
import contextlib

import typer

from sandbox.standin import serve
from sandbox.xledger.seed import demo


def main(port: int = 8089) -> None:
    """Serve the demo's entities until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(demo(), port))


typer.run(main)
