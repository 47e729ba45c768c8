"""Jobs: accepted at once, carried out later, looked up by their id.

No clock is needed: a job ends when it has been looked at `looks` times, so that a test sees every state.
Source: Visma.net Employee API, FAQ, "Working with status code 202 and Jobs"; states also from Visma's demo client.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sandbox.standin import Clock

Work = Callable[[], tuple[str | None, list["Result"]]]
Loss = Literal["before", "after", "late"]


@dataclass(frozen=True)
class Result:
    """One line of `validationResults`."""

    message: str
    messageCode: str  # noqa: N815 - the published name
    jsonPath: str  # noqa: N815
    severity: str = "Error"
    value: str | None = None


@dataclass
class Job:
    """One accepted write. `employee` is set for a position's."""

    id: str
    kind: str
    action: str
    work: Work = field(repr=False)
    created: str
    employee: str | None = None
    looks: int = 2
    status: str = "NotStarted"
    artifact: str | None = None
    message: str | None = None
    results: list[Result] = field(default_factory=list)
    lost: bool = False

    def run(self) -> None:
        """Do the work, once."""
        if self.status in ("Succeeded", "Failed"):
            return
        artifact, results = self.work()
        self.results += results
        self.artifact = artifact
        self.status = "Failed" if artifact is None else "Succeeded"
        if artifact is None and self.message is None:
            self.message = f"{self.kind} {self.action.lower()} failed"


class Jobs:
    """The jobs of a tenant.

    - looks: how often a job is looked at before it ends; None: never.
    - lose_next: the next job is not to be found; its work is done not at all ("before"), at once ("after"), or when
      `run_all` is called ("late").
    - fail_next, warn_next: what the next job has to say; a failure undoes nothing, as nothing was done.
    """

    def __init__(self, tenant: str, clock: Clock) -> None:
        self._tenant = tenant
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self.looks: int | None = 2
        self.lose_next: Loss | None = None
        self.fail_next: Result | None = None
        self.warn_next: list[Result] = []

    def accept(self, kind: str, action: str, work: Work, employee: str | None = None) -> Job:
        """A new job."""
        if self.fail_next is not None:
            failure, self.fail_next = self.fail_next, None
            work = lambda: (None, [failure])  # noqa: E731
        job = Job(str(uuid.uuid4()), kind, action, work, self._clock().isoformat(), employee)
        job.results, self.warn_next = list(self.warn_next), []
        job.looks = -1 if self.looks is None else self.looks
        loss, self.lose_next = self.lose_next, None
        job.lost = loss is not None
        if loss == "after":
            job.run()
        if loss != "before":
            self._jobs[job.id] = job
        return job

    def look(self, identifier: str, employee: str | None) -> Job | None:
        """A job as it is now; every look brings it nearer to its end."""
        job = self._jobs.get(identifier)
        if job is None or job.lost or job.employee != employee:
            return None
        self._advance(job)
        return job

    def listed(self, employee: str | None) -> list[Job]:
        """The jobs of the employees' or of one employee's positions' list, each looked at."""
        found = [job for job in self._jobs.values() if job.employee == employee and not job.lost]
        for job in found:
            self._advance(job)
        return found

    def run_all(self) -> None:
        """Carry out everything that was accepted."""
        for job in list(self._jobs.values()):
            job.run()

    def shown(self, job: Job) -> dict[str, Any]:
        """A job as the API shows it."""
        body: dict[str, Any] = {
            "id": job.id,
            "correlationId": job.id,
            "tenantId": self._tenant,
            "created": job.created,
            "artifactType": job.kind,
            "status": job.status,
            "action": job.action,
            "validationResults": [{"id": str(n), **asdict(result)} for n, result in enumerate(job.results)],
        }
        if job.artifact is not None:
            body["artifactId"] = job.artifact
        if job.message is not None:
            body["message"] = job.message
        return body

    def _advance(self, job: Job) -> None:
        if job.looks > 0:
            job.looks -= 1
            job.status = "InProgress" if job.status == "NotStarted" else job.status
        elif job.looks == 0:
            job.run()
