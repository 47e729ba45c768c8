"""Runs the stand-in for Tripletex alone: `python -m sandbox.tripletex --port 8082`."""

import asyncio
import contextlib

import typer

from sandbox.standin import serve
from sandbox.tripletex.seed import demo


def main(port: int = 8082) -> None:
    """Serve the demo's companies until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(demo(), port))


typer.run(main)
