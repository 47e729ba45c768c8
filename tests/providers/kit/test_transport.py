"""The connection under every provider: when bytes leave, and that it carries all that HTTP asks of it."""

from __future__ import annotations

import asyncio
import datetime
import queue
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.core.ownership import ownership_check
from bot.providers.kit.transport import OwnershipTransport, sending

BODY = b'{"firstName": "Kari"}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Listener(threading.Thread):
    """A server in a thread, so that it hears what has left even while the event loop stands still."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(daemon=True)
        self.heard: queue.Queue[bytes] = queue.Queue()
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._socket.getsockname()[1]}"

    def run(self) -> None:
        # Whoever hangs up in the middle is seen by what was heard until then.
        with suppress(OSError), closing(self._socket), closing(self._accepted()) as line:
            everything = b""
            while piece := line.recv(65536):
                self.heard.put(piece)
                everything += piece
                if everything.endswith(BODY):
                    line.sendall(ANSWER)

    def _accepted(self) -> socket.socket:
        plain, _ = self._socket.accept()
        return plain if self._tls is None else self._tls.wrap_socket(plain, server_side=True)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS and that of a client who trusts it."""
    folder: Path = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem, private)
    return server, ssl.create_default_context(cafile=str(pem))


@asynccontextmanager
async def listening(tls: ssl.SSLContext | None = None) -> AsyncIterator[Listener]:
    listener = Listener(tls)
    listener.start()
    try:
        yield listener
    finally:
        # The loop has to turn for the client's end to close.
        await asyncio.to_thread(listener.join, 30)


def client(url: str, tls: ssl.SSLContext | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=OwnershipTransport(url, tls or ssl.create_default_context(), connections=2), timeout=30
    )


@pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])
async def test_nothing_runs_between_the_last_word_and_the_bytes(
    certified: tuple[ssl.SSLContext, ssl.SSLContext], secured: bool
) -> None:
    at_server, at_client = certified
    asked = 0
    heard = b""

    async with listening(at_server if secured else None) as listener:

        def hear() -> None:
            # The loop stands still here: only what has left already can be heard.
            nonlocal heard
            with suppress(queue.Empty):
                while not heard.endswith(BODY):
                    heard += listener.heard.get(timeout=10)

        async def ask() -> None:
            nonlocal asked
            asked += 1
            # Once for the headers, once for the body, without which they are no request.
            if asked == 2:
                asyncio.get_running_loop().call_soon(hear)

        async with client(listener.url, at_client) as http:
            with ownership_check(ask), sending() as write:
                answer = await http.post(listener.url, content=BODY)
    assert answer.json() == {}
    assert write.begun
    assert asked == 2
    assert heard.endswith(BODY)


async def test_a_read_asks_nobody() -> None:
    async def ask() -> None:
        raise AssertionError("a read asked")

    async with listening() as listener, client(listener.url) as http:
        with ownership_check(ask):
            assert (await http.post(listener.url, content=BODY)).status_code == 200


async def test_a_certificate_that_nobody_vouches_for_is_refused_and_nothing_is_sent(
    certified: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async with listening(certified[0]) as listener, client(listener.url) as http:
        with sending() as write, pytest.raises(httpx.ConnectError):
            await http.post(listener.url, content=BODY)
    assert not write.begun


async def _serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


async def test_much_is_carried_in_both_directions() -> None:
    much = bytes(range(256)) * 40_000

    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    app = web.Application(client_max_size=2 * len(much))
    app.router.add_post("/", echo)
    runner, url = await _serve(app)
    async with client(url) as http:
        for _ in range(2):
            assert (await http.post(url, content=much)).content == much
    await runner.cleanup()


async def test_a_connection_that_the_server_closed_while_idle_is_not_used_again() -> None:
    gone = asyncio.Event()

    async def last_one(request: web.Request) -> web.Response:
        response = web.json_response({"port": request.transport.get_extra_info("peername")[1]})  # type: ignore[union-attr]
        # Closes after an answer that promised to stay.
        response.headers["Connection"] = "keep-alive"
        await response.prepare(request)
        await response.write_eof()
        assert request.transport is not None
        request.transport.close()
        asyncio.get_running_loop().call_soon(gone.set)
        return response

    app = web.Application()
    app.router.add_post("/", last_one)
    runner, url = await _serve(app)
    ports = set()
    async with client(url) as http:
        for _ in range(3):
            gone.clear()
            ports.add((await http.post(url)).json()["port"])
            await gone.wait()
            # The end of the connection is behind this, in the same loop.
            await asyncio.to_thread(lambda: None)
    await runner.cleanup()
    assert len(ports) == 3


async def test_an_answer_cut_short_is_an_error_of_httpx() -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"x")
        assert request.transport is not None
        request.transport.abort()
        return response

    app = web.Application()
    app.router.add_get("/", cut)
    runner, url = await _serve(app)
    async with client(url) as http:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await http.get(url)
    await runner.cleanup()


async def test_nobody_there_is_an_error_of_httpx() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with client(url) as http:
        with sending() as write, pytest.raises(httpx.ConnectError):
            await http.post(url)
    assert not write.begun


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


async def test_the_proxy_of_the_environment_is_used_but_where_it_is_not_wanted(
    environment: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(str(request.raw_path))
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner, proxy = await _serve(app)
    environment.setenv("http_proxy", proxy)
    async with client("http://payroll.example") as http:
        await http.get("http://payroll.example/employee")
    assert asked == ["http://payroll.example/employee"]
    environment.setenv("no_proxy", "127.0.0.1")
    async with client(proxy) as http:
        await http.get(f"{proxy}/direct")
    assert asked[1:] == ["/direct"]
    await runner.cleanup()


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: list[str]) -> None:
    """A proxy that connects whom it is told to, and passes on what it cannot read."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    asked.append(head.partition(" HTTP")[0])
    host, _, port = head.split()[1].partition(":")
    there = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

    async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while piece := await source.read(65536):
            target.write(piece)
        target.close()

    with suppress(ConnectionError):
        await asyncio.gather(pass_on(reader, there[1]), pass_on(there[0], writer))


async def test_what_is_secret_goes_through_a_proxy_unread(
    environment: pytest.MonkeyPatch, certified: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    asked: list[str] = []
    proxy = await asyncio.start_server(lambda r, w: _tunnel(r, w, asked), "127.0.0.1", 0)
    environment.setenv("https_proxy", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    async with listening(certified[0]) as listener:
        async with client(listener.url, certified[1]) as http:
            with sending() as write:
                assert (await http.post(listener.url, content=BODY)).json() == {}
        assert write.begun
    assert asked == [f"CONNECT {listener.url.removeprefix('https://')}"]
    proxy.close()


def test_a_proxy_of_another_kind_is_refused_by_name(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("all_proxy", "socks5://127.0.0.1:1080")
    with pytest.raises(ValueError, match="socks5"):
        client("https://payroll.example")
