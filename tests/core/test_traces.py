"""What a collector is told: how long things took, and nothing of anybody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bot.core import traces
from bot.core.traces import TraceExporter
from sandbox.companies import polarbonan
from tests.support.slack_office import SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office, open_office


class Collector:
    """Takes what is told over OTLP, as it is on the line."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        application = web.Application()
        application.router.add_post("/v1/traces", self._take)
        self.server = TestServer(application, host="127.0.0.1")

    async def _take(self, request: web.Request) -> web.Response:
        assert request.headers["Content-Type"] == "application/x-protobuf"
        self.received.append(await request.read())
        return web.Response(body=b"", content_type="application/x-protobuf")

    @property
    def address(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def spans(self) -> list[Span]:
        told = [ExportTraceServiceRequest.FromString(one) for one in self.received]
        return [span for one in told for of in one.resource_spans for scope in of.scope_spans for span in scope.spans]


@asynccontextmanager
async def listening() -> AsyncIterator[Collector]:
    collector = Collector()
    async with collector.server:
        yield collector


def said(span: Span) -> dict[str, Any]:
    values = ((one.key, one.value) for one in span.attributes)
    return {key: value.string_value or value.int_value for key, value in values}


async def test_a_preview_is_one_tree_of_work_steps_and_calls_and_names_nobody(tmp_path: Path) -> None:
    class Traced(Office):
        def _way_to_slack(self) -> dict[str, Any]:
            return super()._way_to_slack() | {"otel_exporter_otlp_endpoint": collector.address}

    async with listening() as collector:
        async with open_office(tmp_path, Traced) as office:
            made = await office.make()
            await office.preview(office.person("henrik"))
        spans = {span.span_id: span for span in collector.spans()}
        raw = b"".join(collector.received).decode("utf-8", "replace")

    def line(span: Span | None) -> list[str]:
        """The span's kind and those of what it is part of."""
        return [] if span is None else [span.name, *line(spans.get(span.parent_span_id))]

    work = [span for span in spans.values() if said(span).get("integration_id") == made.id]
    assert [said(span)["queue"] for span in work] == ["runs"]
    assert {said(span)["step"] for span in spans.values() if line(span) == ["step", "work"]} > {"begin", "plan", "tell"}
    calls = [said(span) for span in spans.values() if line(span) == ["call", "step", "work"]]
    assert {(call["system"], call.get("status", 200)) for call in calls} == {
        ("simployer", 200), ("tripletex", 200), ("tripletex", 201), ("slack", 200)
    }  # fmt: skip
    assert {"/employee", "/token/session/:create", "chat.postMessage"} < {call["route"] for call in calls}
    assert [line(span) for span in spans.values() if span.name == "interaction"] == [["interaction"]]
    private = {SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, office.slack.bot_token}
    for person in polarbonan.company().people:
        private |= {str(person.get(key)) for key in ("identity_number", "last_name", "lastName")} - {"None", ""}
    assert len(private) > 20
    assert {one for one in private if one in raw} == set()


async def test_an_error_is_told_by_its_type(tmp_path: Path) -> None:
    async with listening() as collector:
        told = TraceExporter(collector.address, "1")
        told.start()
        with pytest.raises(ValueError, match="Ola"), traces.span("step", step="plan"):
            raise ValueError("Ola Nordmann")
        await told.stop()
        (span,) = collector.spans()
        assert said(span) == {"step": "plan", "error.type": "ValueError"}
        assert (span.status.code, span.status.message, list(span.events)) == (2, "", [])
        with traces.span("step", step="apply"):
            traces.note("status", 200)
        assert len(collector.spans()) == 1


async def test_a_collector_that_is_away_stops_nobody() -> None:
    told = TraceExporter("http://127.0.0.1:9", "1")
    told.start()
    with traces.span("call", system="simployer"):
        traces.note("status", 0)
    await told.stop()


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/employee", "/employee"),
        ("/employee/10000012", "/employee/{}"),
        ("/token/session/:create", "/token/session/:create"),
        ("/v2/people/5f0c2f1a9d3b4c0017a1b2c3/leave", "/{}/people/{}/leave"),
        ("/employee/Kari Nordmann?identity=01017012345", "/employee/{}"),
        ("/token/session/:create?employeeToken=secret", "/token/session/:create"),
        (f"/{'x' * 80}", "/{}"),
    ],
)
def test_a_route_names_no_one(path: str, route: str) -> None:
    assert traces.route(path) == route


def test_who_names_no_collector_loads_nothing_of_it() -> None:
    code = "import bot.app, sys; print(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
