"""The sandbox as part of something larger."""

import asyncio
import subprocess
import sys

import aiohttp
from aiohttp import web

from sandbox.slack.server import SlackSandbox
from tests.sandbox.slack.conftest import StartApp, manifest


async def test_other_stand_ins_live_on_the_same_server(start_app: StartApp) -> None:
    async def hello(_: web.Request) -> web.Response:
        return web.json_response({"system": "payroll"})

    slack = SlackSandbox(manifest())
    payroll = web.Application()
    payroll.router.add_get("/hello", hello)
    slack.app.add_subapp("/payroll", payroll)
    runner = web.AppRunner(slack.app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await start_app(slack)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{slack.url}/payroll/hello") as response:
            assert await response.json() == {"system": "payroll"}
        async with session.get(f"{slack.url}/ui/events?as=U01ASTRID") as stream:
            await stream.content.readline()
            # A page that listens and an app that is connected must not keep the server from stopping.
            async with asyncio.timeout(20):
                await runner.cleanup()
            assert (await stream.content.read()).count(b"data:") <= 1
    assert not slack.world.socket.connected


def test_the_validator_needs_no_server() -> None:
    check = "import sys, sandbox.slack.blockkit; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
