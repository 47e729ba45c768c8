"""Faults that tests inject into the Web API."""

from dataclasses import dataclass

ANY_METHOD = "*"


@dataclass
class Fault:
    """What the next `times` calls of a method meet.

    error: Slack's error code with HTTP 200; http_status: a bare HTTP error; retry_after (seconds) makes it
    HTTP 429 `ratelimited`. after_commit: the method does its work first, then the caller is told it failed.
    """

    method: str
    error: str | None = None
    http_status: int | None = None
    retry_after: int | None = None
    times: int = 1
    after_commit: bool = False

    @property
    def status(self) -> int:
        if self.http_status is not None:
            return self.http_status
        return 429 if self.retry_after is not None or self.error == "ratelimited" else 200


class Faults:
    """The faults waiting to be met, in the order they were injected."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def inject(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def meet(self, method: str) -> Fault | None:
        """The fault this call meets, if any; counts it down."""
        for fault in self._waiting:
            if fault.method in (method, ANY_METHOD):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
