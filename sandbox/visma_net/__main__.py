"""Runs the stand-in for Visma.net alone: `python -m sandbox.visma_net --port 8083`."""

import asyncio
import contextlib

import typer

from sandbox.standin import serve
from sandbox.visma_net.seed import demo


def main(port: int = 8083) -> None:
    """Serve the demo's tenants until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(demo(), port))


typer.run(main)
