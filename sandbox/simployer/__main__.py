"""Runs the stand-in for Simployer alone: `python -m sandbox.simployer --port 8081`."""

import asyncio
import contextlib

import typer

from sandbox.companies import polarbonan
from sandbox.simployer.server import Simployer
from sandbox.standin import serve


def main(port: int = 8081) -> None:
    """Serve Polarbönan until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Simployer(polarbonan.company()), port))


typer.run(main)
