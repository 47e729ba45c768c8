"""Runs the stand-in for PowerOffice Go alone: `python -m sandbox.poweroffice_go --port 8084`."""

import asyncio
import contextlib

import typer

from sandbox.poweroffice_go.seed import demo
from sandbox.standin import serve


def main(port: int = 8084) -> None:
    """Serve the demo's clients until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(demo(), port))


typer.run(main)
