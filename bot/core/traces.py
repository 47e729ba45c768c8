"""How long runs, steps, calls and interactions take, told to the operator's OpenTelemetry collector where one is named.

Nothing private can be in a span: its name and the names of its attributes are ours, a value is a number, a word of ours
or an id of ours, and an error is told by its type. So no library instruments itself, and what a library tells of its
own goes to no provider of ours.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import structlog

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

log = structlog.get_logger(__name__)

SERVICE = "integration-bot"
FLUSH_MILLISECONDS = 3000
"""How long a process that stops waits for its last spans to be taken."""

Kind = Literal["work", "step", "call", "interaction"]
Attribute = Literal["integration_id", "queue", "work_id", "step", "system", "method", "route", "status", "waited_ms"]

_WORD = re.compile(r"[:>]?[A-Za-z][A-Za-z_.:>-]{0,40}")
_tracer: Tracer | None = None


class TraceExporter:
    """The line to a collector, open between `start` and `stop`. `endpoint` is its address without a path.

    Headers, time-outs, share of runs and attributes of the process are taken from the environment by the names that
    OpenTelemetry gives them (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES ...).
    """

    def __init__(self, endpoint: str | None, version: str) -> None:
        self._endpoint = endpoint
        self._version = version
        self._provider: TracerProvider | None = None

    def start(self) -> None:
        """Tell of everything from now on; without an address nothing is imported and nothing is told."""
        global _tracer
        if self._endpoint is None:
            return
        # Not at the top: who names no collector does not pay for it with memory and a slower start.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        of = Resource.create({"service.name": SERVICE, "service.version": self._version})
        self._provider = TracerProvider(resource=of, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=f"{self._endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        _tracer = self._provider.get_tracer(SERVICE, self._version)

    async def stop(self) -> None:
        """Tell what is left, for as long as `FLUSH_MILLISECONDS`, and tell no more."""
        global _tracer
        provider, self._provider, _tracer = self._provider, None, None
        if provider is not None:
            await asyncio.to_thread(provider.force_flush, FLUSH_MILLISECONDS)
            await asyncio.to_thread(provider.shutdown)


@contextmanager
def span(kind: Kind, **attributes: str | int) -> Iterator[None]:
    """Measures what is done inside; spans that begin there belong to it. The keywords are `Attribute`s."""
    if _tracer is None:
        yield
        return
    from opentelemetry.trace import StatusCode

    with _tracer.start_as_current_span(
        kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            _failed(current, StatusCode.ERROR, error)
            raise


def note(attribute: Attribute, value: str | int) -> None:
    """Say something of the span that is under way."""
    if _tracer is None:
        return
    from opentelemetry.trace import get_current_span

    get_current_span().set_attribute(attribute, value)


def route(path: str) -> str:
    """A path without what it names: `/employee/4711` is `/employee/{}`. Whoever has letters alone may be a word."""
    return "/".join(part if not part or _WORD.fullmatch(part) else "{}" for part in path.split("?")[0].split("/"))


def _failed(current: Span, status: object, error: BaseException) -> None:
    current.set_status(status)  # type: ignore[arg-type]
    current.set_attribute("error.type", type(error).__name__)
