"""Answers of a system that is hostile, broken, or behind something that is: none is larger than it may be."""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
import zlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.providers.errors import Unavailable
from bot.providers.kit.http import HttpClient
from tests.providers.kit.test_http import Server, client
from tests.support.fake_clock import Clockwork

SMALL = 100_000


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().running() as running:
        yield running


@pytest.fixture
def time() -> Clockwork:
    return Clockwork()


def bytes_of(server: Server, body: bytes, status: int = 200, **headers: str) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=body, headers={"Content-Type": "application/json"} | named)

    server.answers.append(answer)


def endless(server: Server) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not server.release.is_set():
            await response.write(b" " * 65_536)
        return response

    server.answers.append(answer)


async def unreadable(http: HttpClient, **more: int) -> Unavailable:
    with pytest.raises(Unavailable) as failed:
        await http.read("/thing", **more)  # type: ignore[arg-type]
    assert failed.value.text.key == "provider.unreadable"
    assert not failed.value.sent
    return failed.value


def packed_twice(text: bytes) -> bytes:
    return gzip.compress(gzip.compress(text))


def bomb(megabytes: int) -> bytes:
    packing = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    return b"".join(packing.compress(bytes(1_000_000)) for _ in range(megabytes)) + packing.flush()


@pytest.mark.parametrize("kind", ["announced", "plain", "chunked", "gzip", "deflate", "twice", "unknown"])
async def test_an_answer_that_is_too_large_is_unreadable(server: Server, time: Clockwork, kind: str) -> None:
    large = b"[" + b" " * (2 * SMALL) + b"]"
    match kind:
        case "announced" | "plain":
            bytes_of(server, large)
        case "chunked":
            endless(server)
        case "gzip":
            bytes_of(server, gzip.compress(large), Content_Encoding="gzip")
        case "deflate":
            bytes_of(server, zlib.compress(large), Content_Encoding="deflate")
        case "twice":
            bytes_of(server, packed_twice(b"[]"), Content_Encoding="gzip, gzip")
        case _:
            bytes_of(server, b"[]", Content_Encoding="br")
    async with client(server.url, time, attempts=1, largest_answer=SMALL) as http:
        await unreadable(http)


async def test_a_megabyte_that_becomes_gigabytes_takes_neither_memory_nor_the_loop(
    server: Server, time: Clockwork
) -> None:
    bytes_of(server, bomb(400), Content_Encoding="gzip")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(others())
    async with client(server.url, time, attempts=1) as http:
        await unreadable(http)
    counting.cancel()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200_000, f"{grown} kB more"
    assert turns > 50


async def test_one_call_may_have_a_limit_of_its_own(server: Server, time: Clockwork) -> None:
    text = json.dumps(["x" * SMALL])
    server.say(200, text=text)
    async with client(server.url, time, attempts=1, largest_answer=SMALL) as http:
        assert (await http.read("/thing", largest=2 * SMALL)).ok
        await unreadable(http)
        assert (await http.write("POST", "/thing", {}, largest=2 * SMALL)).ok
        with pytest.raises(Unavailable) as failed:
            await http.write("POST", "/thing", {})
    assert failed.value.sent
    assert failed.value.text.key == "provider.unknown_outcome"


@pytest.mark.parametrize(
    "text",
    ["[" * 200_000 + "]" * 200_000, '{"a":' * 100_000, "[1e" + "9" * 40 + "]", "[-0.1e-" + "9" * 40 + "]", "\x00"],
)
async def test_what_json_cannot_hold_is_unreadable(server: Server, time: Clockwork, text: str) -> None:
    bytes_of(server, text.encode())
    async with client(server.url, time, attempts=2) as http:
        await unreadable(http)
    assert len(server.asked) == 2


@pytest.mark.parametrize("body", [b"\x1f\x8b broken", gzip.compress(b"[1, 2]", mtime=0)[:-12]])
async def test_a_packing_that_is_broken_is_unreadable(server: Server, time: Clockwork, body: bytes) -> None:
    bytes_of(server, body, Content_Encoding="gzip")
    async with client(server.url, time, attempts=1) as http:
        await unreadable(http)


async def test_a_refusal_of_any_size_is_told_by_its_status(server: Server, time: Clockwork) -> None:
    bytes_of(server, b"x" * (2 * SMALL), status=422)
    async with client(server.url, time, attempts=1, largest_answer=SMALL) as http:
        answer = await http.write("POST", "/thing", {})
    assert (answer.status, answer.body) == (422, None)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "bare", "identity", "GZIP"])
async def test_what_is_packed_as_offered_is_read(server: Server, time: Clockwork, encoding: str) -> None:
    rows = [{"number": number, "name": "Ødegård"} for number in range(60_000)]
    text = json.dumps(rows).encode()
    match encoding:
        case "deflate":
            bytes_of(server, zlib.compress(text), Content_Encoding="deflate")
        case "bare":
            packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
            bytes_of(server, packing.compress(text) + packing.flush(), Content_Encoding="deflate")
        case "identity":
            bytes_of(server, text, Content_Encoding="identity")
        case _:
            bytes_of(server, gzip.compress(text), Content_Encoding=encoding)
    async with client(server.url, time, attempts=1) as http:
        assert (await http.read("/thing")).body == rows


async def test_a_connection_is_good_for_the_next_call(server: Server, time: Clockwork) -> None:
    server.say(200, [1])
    async with client(server.url, time) as http:
        for _ in range(5):
            assert (await http.read("/thing")).body == [1]
        assert len(http._http._transport._pool.connections) == 1  # type: ignore[attr-defined]
