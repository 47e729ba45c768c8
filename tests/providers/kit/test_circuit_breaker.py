"""A host that fails again and again is left alone for a while, for the account whose it is and for nobody else."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from bot.providers.errors import Unavailable
from bot.providers.kit.circuit_breaker import CircuitBreaker, HostPaused, shared_breaker
from bot.providers.kit.http import HttpClient, RetryPolicy
from bot.providers.kit.networks import AllowedNetworks
from bot.providers.kit.rate_limit import RateLimiter
from bot.providers.kit.sftp import Login, SftpServer
from bot.providers.kit.sftp_errors import Refusals
from sandbox.simployer import Simployer
from tests.support.fake_clock import Clockwork
from tests.support.provider_connections import simployer_source


@pytest.fixture
async def system() -> AsyncIterator[Simployer]:
    async with Simployer() as running:
        yield running


def client(url: str, time: Clockwork, breaker: CircuitBreaker) -> HttpClient:
    limiter = RateLimiter(clock=time.clock, sleep=time.sleep)
    patience = RetryPolicy(attempts=1, timeout=20)
    return HttpClient("simployer", url, limiter, patience=patience, breaker=breaker, sleep=time.sleep)


async def fails(http: HttpClient) -> Unavailable:
    with pytest.raises(Unavailable) as failed:
        await http.read("/v1/employees")
    return failed.value


async def opened(http: HttpClient, time: Clockwork) -> None:
    for _ in range(8):
        assert (await fails(http)).text.key == "provider.broken"
        time.now += 2


async def test_a_host_that_goes_on_failing_is_asked_no_more_until_a_probe_succeeds(system: Simployer) -> None:
    time = Clockwork()
    breaker = CircuitBreaker(clock=time.clock)
    broken = system.faults.status(503, times=None)
    async with client(system.url, time, breaker) as http:
        await opened(http, time)
        paused = await fails(http)
        assert (paused.text.key, paused.sent, paused.retry_after) == ("provider.paused", False, 28.0)
        assert broken.hits == 8
        time.now += 28
        # The probe fails: left alone for twice as long.
        assert (await fails(http)).text.key == "provider.broken"
        assert (await fails(http)).retry_after == 60.0
        assert broken.hits == 9
        time.now += 60
        system.faults.clear()
        await http.read("/v1/employees")
        assert not breaker.is_open
        # And closed it counts anew.
        system.faults.status(503)
        await fails(http)
        assert not breaker.is_open


async def test_a_write_to_a_host_that_is_left_alone_was_not_sent(system: Simployer) -> None:
    time = Clockwork()
    breaker = CircuitBreaker(clock=time.clock)
    system.faults.status(503, times=None)
    async with client(system.url, time, breaker) as http:
        await opened(http, time)
        with pytest.raises(Unavailable) as failed:
            await http.write("POST", "/v1/employees", {"x": 1})
    assert failed.value.sent is False
    assert failed.value.text.values["seconds"] == 28


async def test_refusals_and_answers_of_any_other_kind_open_nothing(system: Simployer) -> None:
    time = Clockwork()
    breaker = CircuitBreaker(clock=time.clock)
    async with client(system.url, time, breaker) as http:
        for status in (503, 404, 503, 401, 503, 400) * 5:
            system.faults.status(status)
            with suppress(Unavailable):
                await http.read("/v1/employees")
            time.now += 5
    assert not breaker.is_open


def one_call(breaker: CircuitBreaker, error: Exception | None = None) -> None:
    with suppress(ZeroDivisionError), breaker.call(lambda error: isinstance(error, ZeroDivisionError)):
        if error is not None:
            raise error


def test_many_failures_at_once_are_a_blip_and_many_over_time_are_none() -> None:
    time = Clockwork()
    breaker = CircuitBreaker(clock=time.clock)
    for _ in range(100):
        one_call(breaker, ZeroDivisionError())
    assert not breaker.is_open
    time.now += 10
    one_call(breaker, ZeroDivisionError())
    assert breaker.is_open


def test_one_call_alone_is_a_probe_and_one_that_is_cut_off_says_nothing() -> None:
    time = Clockwork()
    breaker = CircuitBreaker(failures=1, spread=0, clock=time.clock)
    one_call(breaker, ZeroDivisionError())
    time.now += 30
    with pytest.raises(KeyboardInterrupt), breaker.call(lambda _: True):  # noqa: PT012
        with pytest.raises(HostPaused):
            one_call(breaker)
        raise KeyboardInterrupt
    assert breaker.is_open
    one_call(breaker)
    assert not breaker.is_open


def test_the_pause_grows_to_five_minutes() -> None:
    time, pauses = Clockwork(), []
    breaker = CircuitBreaker(failures=1, spread=0, clock=time.clock)
    for _ in range(6):
        one_call(breaker, ZeroDivisionError())
        with pytest.raises(HostPaused) as paused:
            one_call(breaker)
        pauses.append(paused.value.seconds)
        time.now += paused.value.seconds
    assert pauses == [30, 60, 120, 240, 300, 300]


async def test_each_account_has_a_breaker_of_its_own_that_is_kept_between_tries(system: Simployer) -> None:
    async with simployer_source(system) as first, simployer_source(system) as again:
        assert first._client.http._breaker is again._client.http._breaker
    async with simployer_source(system, "another-token") as other:
        assert other._client.http._breaker is not first._client.http._breaker
    assert shared_breaker("a") is shared_breaker("a")
    assert shared_breaker("a") is not shared_breaker("b")


async def test_an_sftp_server_that_does_not_answer_is_left_alone_too() -> None:
    time = Clockwork()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        entered = {"host": "127.0.0.1", "port": str(closed.getsockname()[1]), "username": "u", "password": "p"}
        refusals, networks = Refusals("paxml"), AllowedNetworks.parse("127.0.0.0/8")
        breaker = CircuitBreaker(failures=2, spread=0, clock=time.clock)
        server = SftpServer(Login.of(entered, refusals), refusals, networks=networks, breaker=breaker)
        said = []
        for _ in range(3):
            with pytest.raises(Unavailable) as failed:
                await server.sign_in()
            said.append(failed.value.text.key)
    assert said == ["provider.unreachable", "provider.unreachable", "provider.paused"]
    assert failed.value.retry_after == 30.0
