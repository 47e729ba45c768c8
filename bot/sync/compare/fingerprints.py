"""What is kept of each person between runs: which person of the target they are, and keyed fingerprints.

A fingerprint tells whether the record that an employee should have is the one that was last put into the target, and
field by field whether the target was changed by somebody else since. It is keyed, so that it gives away no value.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.domain.change import Change, ChangeKind
from bot.domain.findings import Severity
from bot.domain.outcome import Outcome, OutcomeKind
from bot.domain.record import Level, Record, Value, canonical, is_empty
from bot.sync.compare.stored_digests import RecordDigest

Fingerprint = Callable[[str], str]
"""A keyed hash (HMAC) as hexadecimal text. The same key must be given from run to run."""

_MARK_BYTES = 5

IDENTITY = "identity_number"
"""Field key under which a provider's table holds what no two people have in common."""

_IDENTITY = f"{Level.PERSON}||{IDENTITY}|"
"""How the line of an identity number begins. Its mark is the same whoever has it: it tells who came back under another
id (`bot.sync.compare.delivered_identities`), and no two people have one."""

WAITS = "waits"
"""Stands in the place of a trace; `ChangeDetection` recognises nobody by it."""

LEFT_IN_TARGET = frozenset(
    {"employment.end_in_target", "terms.only_in_target", "pay.former_in_target", "office.other_unit"}
)
"""Findings for which somebody is compared again at every run, until they are gone: an end or pay that the source has
taken back (`bot.sync.compare.leftovers`), a unit that the target holds otherwise."""

LACKING = frozenset({"occupation_code.missing", "end_reason.missing"})
"""Findings on what the target lacked when it was last looked at: a run that does not look at it tells them again."""

LACKS = "lacks-"
"""Before a fingerprint of somebody with such a finding."""

UNSEEN = "unseen-"
"""Before a fingerprint, and behind `LACKS`: of a record with values that the target did not show, and that no sync has
put there as far as is known."""

_LEFT = "left-"
"""Before a fingerprint: equal to none, while the marks behind it still tell what was written."""

_KNOWN = frozenset({OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNCHANGED})
_UNSETTLED = frozenset(
    {OutcomeKind.BLOCKED, OutcomeKind.CONFLICT, OutcomeKind.FAILED, OutcomeKind.UNKNOWN, OutcomeKind.CANCELLED}
)


@dataclass(frozen=True, slots=True)
class SyncedPerson:
    """A person of the source as the last successful sync left them.

    `fingerprint` is `Fingerprinter.of`'s text for the record that was put in place, "" when it is not known. `settled`
    is False when a run since then could not bring them into step: the target is then compared again, whatever the
    source says. `trace` is `ChangeDetection.trace`'s text for the look at them that made the record.
    """

    number: str
    target_id: str
    fingerprint: str = ""
    settled: bool = True
    trace: str = ""

    @property
    def in_place(self) -> str:
        """`Fingerprinter.of`'s text for the record, to be compared; what is left in the target makes it equal none."""
        return self.fingerprint.removeprefix(LACKS).removeprefix(UNSEEN)

    @property
    def record(self) -> str:
        """`Fingerprinter.of`'s text for the record, whatever was found beside it."""
        return self.fingerprint.removeprefix(_LEFT).removeprefix(LACKS).removeprefix(UNSEEN)

    @property
    def lacks(self) -> bool:
        """Whether the target lacked something when it was last looked at (`LACKING`): that is told again."""
        return self.fingerprint.startswith(LACKS)

    @property
    def unseen(self) -> bool:
        """Whether some of the record was not shown by the target when it was last looked at (`UNSEEN`)."""
        return self.fingerprint.removeprefix(_LEFT).removeprefix(LACKS).startswith(UNSEEN)

    @property
    def waits(self) -> bool:
        """Whether the target last said that they wait there (`Severity.WAITING`): it is asked again about them."""
        return self.trace == WAITS


Memory = Mapping[str, SyncedPerson]
"""Source id to what is remembered of the person."""


@dataclass(frozen=True, slots=True)
class Fingerprinter:
    """Makes and reads the fingerprints of records, with one key.

    The text is a `RecordDigest`'s. Its marks are a person's own (`person` is their source id): two people with the same
    pay have other ones. Without a person they are those of the versions before, which were the same for all.
    """

    fingerprint: Fingerprint
    _mark_key: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_mark_key", bytes.fromhex(self.fingerprint("field marks"))[:64])

    def base_version(self, record: Record) -> str:
        """A fingerprint of what the target holds. Equal records have equal ones, whatever the order of parts."""
        return self.fingerprint("basis\x1e" + "\x1f".join(sorted(_lines(record))))[:40]

    def of(self, record: Record, settings: Mapping[str, str], person: str = "") -> str:
        """The fingerprint of a desired record under an integration's settings."""
        lines = sorted(_lines(record))
        chosen = "\x1f".join(f"{key}={settings[key]}" for key in sorted(settings))
        whose = "\x1e" + person if person else ""
        whole = self.fingerprint("record\x1e" + "\x1f".join(lines) + "\x1e" + chosen + whose)[:40]
        values = self.value_digests(lines, person)
        return (RecordDigest.own(whole, values) if person else RecordDigest(whole, values)).encode()

    def matches(self, remembered: str, record: Record, settings: Mapping[str, str], person: str) -> bool:
        """Whether a fingerprint was made of this very record, by this version or one before."""
        whose = person if RecordDigest.decode(remembered).is_own else ""
        return remembered == self.of(record, settings, whose)

    def value_digests(self, lines: Iterable[str], person: str = "") -> str:
        """Short marks of some lines as one text, without a full stop in it."""
        marks = b"".join(sorted(self._digest(_owned(line, person)) for line in lines))
        return base64.urlsafe_b64encode(marks).decode().rstrip("=")

    def former(self, values: Iterable[tuple[Level, tuple[date, ...], str, Value]], person: str) -> str:
        """The marks of what an earlier sync has put into the target and is still there (`Change.former`)."""
        return self.value_digests([_line(*value) for value in values], person)

    def among(self, marks: str, person: str = "") -> Callable[[str], bool]:
        """A test for what `marks` gave: was this line one of them?"""
        raw = base64.urlsafe_b64decode(marks + "=" * (-len(marks) % 4))
        known = {raw[i : i + _MARK_BYTES] for i in range(0, len(raw), _MARK_BYTES)}
        return lambda line: bool(known) and self._digest(_owned(line, person)) in known

    def wrote(self, remembered: str, person: str = "") -> Callable[[Level, tuple[date, ...], str, Value], bool]:
        """A test for one fingerprint: did the record behind it hold exactly this value in this field?"""
        digest = RecordDigest.decode(remembered)
        among = self.among(digest.values, person if digest.is_own else "")
        return lambda level, key, name, value: among(_line(level, key, name, value))

    def identity_mark(self, value: Value) -> int:
        """The mark of an identity number among those of `value_marks`, whoever has it."""
        return int.from_bytes(self._digest(_line(Level.PERSON, (), IDENTITY, value)), "big")

    def value_marks(self, remembered: str) -> Iterator[int]:
        """The marks of all parts and values of the record behind a fingerprint."""
        marks = RecordDigest.decode(remembered).values
        raw = base64.urlsafe_b64decode(marks + "=" * (-len(marks) % 4))
        return (int.from_bytes(raw[i : i + _MARK_BYTES], "big") for i in range(0, len(raw), _MARK_BYTES))

    def value_digest(self, line: str) -> int:
        """A keyed hash of a text into 64 bits, the same from run to run."""
        return int.from_bytes(self._hashed(line, 8), "big")

    def mark(self, line: str) -> str:
        """A keyed hash of a text, as 32 hexadecimal digits."""
        return self._hashed(line, 16).hex()

    def _digest(self, line: str) -> bytes:
        return self._hashed(line, _MARK_BYTES)

    def _hashed(self, line: str, size: int) -> bytes:
        # Half characters as well: what a target holds of one person is nobody else's trouble.
        return hashlib.blake2b(line.encode("utf-8", "surrogatepass"), digest_size=size, key=self._mark_key).digest()


def after(change: Change, outcome: Outcome) -> SyncedPerson | None:
    """What to remember of a person once their change has come out; None when nothing new is known for sure."""
    target_id = outcome.person.target_id or change.person.target_id
    if outcome.kind not in _KNOWN or target_id is None or not change.source_fingerprint:
        return None
    if outcome.kind is OutcomeKind.UNCHANGED and change.kind is not ChangeKind.UNCHANGED:
        return None
    # Whoever had something to tell of is looked at whole again: nothing may vanish from the report unseen.
    found = (*change.findings, *outcome.findings)
    waits = any(item.severity is Severity.WAITING for item in found)
    trace = WAITS if waits else "" if found else change.trace
    left = any(item.code in LEFT_IN_TARGET for item in found)
    lacks = any(item.code in LACKING for item in found)
    before = f"{_LEFT if left else LACKS if lacks else ''}{UNSEEN if change.unseen else ''}"
    # What is left of an earlier record is known as ours as long as it stands there, and told as often.
    digest = RecordDigest.decode(change.source_fingerprint).beside(change.former) if change.former else None
    fingerprint = f"{before}{digest.encode() if digest else change.source_fingerprint}"
    return SyncedPerson(change.person.number, target_id, fingerprint, trace=trace)


def unsettles(kind: OutcomeKind) -> bool:
    """Whether an outcome leaves somebody whom we know out of step: the next run must not take them for unchanged."""
    return kind in _UNSETTLED


def _owned(line: str, person: str) -> str:
    return f"{person}\x1e{line}" if person and not line.startswith(_IDENTITY) else line


def _line(level: Level, key: Iterable[date], name: str, value: Value) -> str:
    return f"{level}|{','.join(day.isoformat() for day in key)}|{name}|{canonical(value)}"


def _lines(record: Record) -> Iterator[str]:
    for part in record:
        yield f"{part.level}|{','.join(day.isoformat() for day in part.key)}|"
        for name, value in part.values.items():
            if not is_empty(value):
                yield _line(part.level, part.key, name, value)
