"""`make demo`: the whole product in a browser, without any outside system."""

from __future__ import annotations

import argparse
import asyncio
import select
import signal
import sys
from collections.abc import Callable
from pathlib import Path

LOOK_SECONDS = 0.5


def _is_gone(descriptor: int) -> bool:
    """Whether the terminal, or whoever held the other end, is gone. Nothing is read: that is the shell's."""
    looking = select.poll()
    looking.register(descriptor, 0)
    return any(found & select.POLLHUP for _, found in looking.poll(0))


async def _watch_input(stop: Callable[[], None]) -> None:
    """Stop when standard input is closed, as it is with a terminal, whoever fails to send a signal for it.

    What was closed from the beginning says nothing.
    """
    try:
        descriptor = sys.stdin.fileno()
    except (AttributeError, ValueError, OSError):
        return
    if _is_gone(descriptor):
        return
    while not _is_gone(descriptor):  # noqa: ASYNC110 - a terminal tells nobody
        await asyncio.sleep(LOOK_SECONDS)
    stop()


async def _run(port: int, data: Path) -> None:
    from sandbox.demo import Demo, say

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # Started by nohup, it is meant to stay when the terminal is closed.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stopped.set)
    stays = hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    watching = None if stays else loop.create_task(_watch_input(stopped.set))
    try:
        await Demo(port, data).run(stopped)
    finally:
        if watching is not None:
            watching.cancel()
    say("  Stopped.")


def _port(words: str) -> int:
    try:
        return int(words)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} is no port: ports go from 1 to 65535.") from None


def main() -> None:
    """Entry point of `python -m sandbox`."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=_port, default=8080, help="where the page is served (default 8080)")
    parser.add_argument("--data", type=Path, default=Path(".demo"), help="folder kept between starts")
    options = parser.parse_args()
    try:
        # It takes seconds until all of this is there, and whoever presses Ctrl-C meanwhile is no error.
        from sandbox.demo import DemoFailed, why_nothing_is_kept
    except KeyboardInterrupt:
        print("  Stopped.", file=sys.stderr)
        raise SystemExit(130) from None
    try:
        asyncio.run(_run(options.port, options.data))
    except DemoFailed as failure:
        print(failure, file=sys.stderr)
        raise SystemExit(1) from None
    except OSError as error:
        print(why_nothing_is_kept(options.data, error), file=sys.stderr)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        print("  Stopped.", file=sys.stderr)
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
