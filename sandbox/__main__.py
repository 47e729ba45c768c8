"""`make demo`: the whole product in a browser, without any outside system."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from sandbox.demo import Demo, DemoFailed


async def _run(port: int, data: Path) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await Demo(port, data).run(stopped)


def main() -> None:
    """Entry point of `python -m sandbox`."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="where the page is served (default 8080)")
    parser.add_argument("--data", type=Path, default=Path(".demo"), help="folder kept between starts")
    options = parser.parse_args()
    try:
        asyncio.run(_run(options.port, options.data))
    except DemoFailed as failure:
        print(failure, file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
