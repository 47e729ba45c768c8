"""What files of absence have in common: what none may hold, names that tell the content, and a delivery done once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from decimal import Decimal

from bot.core.text import text
from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import FileMode, FileRow, LeaveFileRequest
from bot.providers.errors import CodeRefused, Rejected, Unsupported
from bot.providers.leave_protocol import OWN_CODE, LeaveFile
from bot.providers.protocol import PackedFile

MOST_HOURS = Decimal(24)

NumberOf = Callable[[LeavePerson], str]
"""The number by which the payroll system knows somebody; "" for none."""


class AlreadyThere(Exception):
    """A file of this name is in place, and so is what it holds: the name tells the content."""


def require_rows(
    provider: str,
    request: LeaveFileRequest,
    *,
    number_of: NumberOf,
    codes: Collection[str] | None,
    proven: bool,
    takes: Callable[[str], bool] = bool,
) -> None:
    """Whether a file may be made of a request. `codes` are those of the format, None where it has no closed list;
    `takes` says which numbers it can hold.

    Raises `Unsupported` for a LIST, and for a DIFFERENCE where the importer is not known to take one (`proven`);
    `CodeRefused` and `Rejected` for what would be paid to nobody, to somebody else, or for more than a day. No error
    names a person, a code or hours.
    """
    if request.mode is FileMode.LIST or (request.mode is FileMode.DIFFERENCE and not proven):
        raise Unsupported(f"{provider}: no file of corrections", text=text("leave.file.no_corrections"))
    holders: dict[str, set[str]] = defaultdict(set)
    sums: dict[tuple[str, object], Decimal] = defaultdict(Decimal)
    for row in request.rows:
        number = number_of(row.person)
        if not number:
            raise _rejected(provider, "no_number")
        if not takes(number):
            raise _rejected(provider, "number")
        holders[number].add(row.person.employee_id)
        if row.hours == 0 or (row.hours < 0 and request.mode is FileMode.WHOLE):
            raise _rejected(provider, "hours")
        sums[row.person.employee_id, row.key.day] += row.hours
        if not (row.key.code in codes if codes is not None else OWN_CODE.fullmatch(row.key.code)):
            raise CodeRefused(
                f"{provider}: a code that the format has not",
                text=text("leave.file.code"),
                advice=text("leave.file.code.advice"),
            )
        if row.key.day not in request.period:
            raise _rejected(provider, "day")
    if any(len(people) > 1 for people in holders.values()):
        raise _rejected(provider, "one_number")
    if any(abs(hours) > MOST_HOURS for hours in sums.values()):
        raise _rejected(provider, "hours")


def _rejected(provider: str, word: str) -> Rejected:
    return Rejected(
        f"{provider}: absence file, {word}",
        text=text(f"leave.file.{word}"),
        advice=text(f"leave.file.{word}.advice"),
    )


def netted(rows: Sequence[FileRow]) -> list[tuple[FileRow, Decimal]]:
    """Rows of a correction with minus and plus of one key in one; what comes to nothing is left out."""
    sums: dict[object, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row.key] += row.hours
    latest = {row.key: row for row in rows}
    return [(row, sums[key]) for key, row in latest.items() if sums[key]]


def file_name(prefix: str, request: LeaveFileRequest, digest: str, ending: str) -> str:
    """The period, the number of the file in it and eight digits of its content: another content has another name."""
    return f"{prefix}{request.period.name}-{request.sequence}-{digest[:8]}.{ending}"


def digest_of(*contents: bytes, without: Iterable[str] = ()) -> str:
    """A hash of everything but the moment of making: the first place of each of `without` is passed over."""
    made = hashlib.sha256()
    moments = [moment.encode() for moment in without]
    for content in contents:
        left = content
        for moment in moments:
            left = left.replace(moment, b"", 1)
        made.update(left + b"\x1e")
    return made.hexdigest()


Put = Callable[[Iterator[str], bytes], Awaitable[None]]
"""Puts a whole file under the first of some names that is free."""


async def put_once(file: LeaveFile, put: Put) -> None:
    """Put each of the files in place. One whose name is there already was put by an earlier try."""
    for packed in file.files:
        try:
            await put(_only(packed), packed.content)
        except AlreadyThere:
            continue


def _only(packed: PackedFile) -> Iterator[str]:
    yield packed.name
    raise AlreadyThere
