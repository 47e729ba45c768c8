"""Runs the stand-in for Agda PS alone: `python -m sandbox.agda_ps --port 8022`."""

import asyncio
import contextlib

import typer

from sandbox.agda_ps.seed import demo


async def _serve(port: int) -> None:
    system = demo()
    await system.start(port=port)
    try:
        for line in system.guide_lines():
            print(f"  {line.label}: {line.value}", flush=True)
        await asyncio.Event().wait()
    finally:
        await system.stop()


def main(port: int = 8022) -> None:
    """Serve the demo's customer until interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(port))


typer.run(main)
