"""Background jobs: a write is accepted with 202, and what became of it is read from its job.

Until a job has ended there is no artifact, and a job that succeeded may still warn that a part of the change was not
made. Source: Visma.net Employee API, FAQ, "Working with status code 202 and Jobs".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bot.core.text import Text, text
from bot.domain.findings import Finding, Severity
from bot.providers.errors import Rejected
from bot.providers.visma_net.field_table import key_of

UNDER_WAY = frozenset({"notstarted", "inprogress"})
SUCCEEDED = frozenset({"succeeded", "done"})


@dataclass(frozen=True, slots=True)
class Result:
    """One line of `validationResults`. What it says may quote private data, and so is for the reader only."""

    message: str = field(repr=False)
    code: str
    path: str

    @property
    def field(self) -> str | None:
        """Our key of the field that it is about, if it can be told."""
        return key_of(self.path)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as Visma.net shows it, read defensively. `status` is in lower case, `reference` its correlation id."""

    id: str
    status: str
    reference: str | None = None
    artifact_id: str | None = None
    message: str | None = field(default=None, repr=False)
    results: tuple[Result, ...] = ()

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> Job:
        """Read a job."""
        lines = shown.get("validationResults")
        return cls(
            id=_word(shown.get("id")),
            reference=_word(shown.get("correlationId")) or _word(shown.get("id")) or None,
            status=_word(shown.get("status")).lower(),
            artifact_id=_word(shown.get("artifactId")) or None,
            message=_word(shown.get("message")) or None,
            results=tuple(
                Result(_word(line.get("message")), _word(line.get("messageCode")), _word(line.get("jsonPath")))
                for line in (lines if isinstance(lines, list) else [])
                if isinstance(line, dict)
            ),
        )

    @property
    def under_way(self) -> bool:
        """Whether it has not ended."""
        return self.status in UNDER_WAY

    @property
    def succeeded(self) -> bool:
        """Whether it has ended well, with or without warnings."""
        return self.status in SUCCEEDED

    @property
    def verbatim(self) -> str | None:
        """Visma.net's own words."""
        lines = [result.message for result in self.results if result.message]
        return "; ".join(dict.fromkeys(([self.message] if self.message else []) + lines)) or None

    def warnings(self) -> list[Finding]:
        """What a job that succeeded has to say."""
        return [
            Finding("visma_net_job_warning", Severity.WARNING, result.field or "employment", verbatim=result.message)
            for result in self.results
            if result.message
        ]

    def rejection(self, call: str) -> Rejected:
        """The error that a failed job stands for."""
        key = next((result.field for result in self.results if result.field), None)
        codes = ",".join(result.code for result in self.results if result.code)
        values = {"field": Text(f"field.{key}")} if key else {}
        return Rejected(
            f"visma_net: {call}: job {self.status or 'without a status'} {codes}".rstrip(),
            field=key,
            text=Text("visma_net.rejected_field" if key else "visma_net.rejected", values),
            advice=text("visma_net.rejected.advice"),
            verbatim=self.verbatim,
            reference=self.reference,
        )


def job_path(location: str | None, base_url: str) -> str | None:
    """The path of a job below the API's address, from a `Location` that may be absolute; None if it is no job's.

    Only the path is taken: a token never goes to a host that an answer names.
    """
    path = urlsplit(location or "").path
    prefix = urlsplit(base_url).path.rstrip("/")
    if prefix and path.startswith(f"{prefix}/"):
        path = path.removeprefix(prefix)
    else:
        path = path[path.find("/employees/") :] if "/employees/" in path else path
    return path if path.startswith("/employees/") and "/jobs/" in path and ".." not in path else None


def _word(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
