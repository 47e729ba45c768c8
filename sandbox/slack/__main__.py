"""The Slack sandbox alone, for working on it or on its page: `python -m sandbox.slack --port 8090`."""

import argparse
import asyncio
import contextlib
import signal
from pathlib import Path

from sandbox.slack.server import SlackSandbox


async def _serve(manifest: Path, port: int, data: Path | None) -> None:
    sandbox = await SlackSandbox.start(manifest, port=port, data=data)
    print(f"Slack sandbox: {sandbox.url}")
    print(f"  SLACK_API_URL={sandbox.api_url}")
    print(f"  SLACK_BOT_TOKEN={sandbox.bot_token}")
    print(f"  SLACK_APP_TOKEN={sandbox.app_token}", flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        await stopped.wait()
    finally:
        await sandbox.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--manifest", type=Path, default=Path("manifest.yml"))
    parser.add_argument("--data", type=Path, help="file that keeps the conversation between starts")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(options.manifest, options.port, options.data))


if __name__ == "__main__":
    main()
