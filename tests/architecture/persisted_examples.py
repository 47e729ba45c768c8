"""Fixed objects, as they are stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from cryptography.fernet import Fernet
from dbos import Serializer

from bot.core.text import Text
from bot.domain.change import Change, ChangeKind, FieldChange, Lookalike, Person
from bot.domain.findings import Finding, Severity
from bot.domain.notification_policy import NotificationPolicy
from bot.domain.outcome import Drifted, Outcome, OutcomeKind
from bot.domain.record import Level
from bot.domain.scope import Scope, ScopeKind
from bot.handlers.framework.draft import keep_findings
from bot.jobs.engine.seal_places import FORMER, StepCounter
from bot.jobs.engine.serializer import RecordedError, SealingSerializer
from bot.jobs.engine.transactional_queue import arguments_of
from bot.jobs.engine.work_owner import WorkOwner
from bot.jobs.runs.ids import run_id_for_request, run_id_for_slot
from bot.jobs.runs.queue import approved_id, ask_id, report_id
from bot.jobs.runs.result import RunResult
from bot.jobs.scheduling.digests import digest_id
from bot.jobs.scheduling.expiry_warnings import warning_id
from bot.notify.workflow_step import key_of
from bot.slack.idempotent_post import metadata_of
from bot.sync.codec import change_to_json, difference_to_json, outcome_to_json, value_to_json
from bot.sync.plan.guard import GuardReason, Thresholds
from bot.sync.plan.plan_diff import DiffKind, FieldDiff, PersonDiff, PlanDiff
from bot.sync.plan.plan_summary import PlanSummary
from storage import json_codec
from storage.digests import Digest, Period
from storage.expiries import Expiry
from storage.runs import RunKind, RunState
from storage.vault import Vault

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
"""Of the tests alone; fingerprints depend on it."""

WHEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)


def ids() -> set[str]:
    digest = Digest(
        integration_id="INTEGRATION",
        period=Period.DAY,
        weekdays=("mon",),
        hour=6,
        minute=0,
        timezone="UTC",
        next_at=WHEN,
    )
    expiry = Expiry(team_id="TEAM", integration_id="INTEGRATION", until=DAY, warn_at=WHEN, told=None)
    return {
        run_id_for_slot("INTEGRATION", WHEN),
        *(run_id_for_request(kind.value, "INTEGRATION", "KEY") for kind in RunKind),
        run_id_for_request("sync", "INTEGRATION", key_of("EXECUTION")),
        approved_id("RUN"),
        ask_id("RUN"),
        report_id("RUN"),
        digest_id(digest, WHEN),
        warning_id(expiry),
        json.dumps(metadata_of("RUN", "message"), sort_keys=True),
    }


def examples() -> Iterator[str]:
    """Fixed objects as they are stored, whole: each key, tag and place in a list counts."""
    text = Text("jobs.paused", {"count": 2, "name": Text("tripletex.name")})
    person = Person("S1", "1001", "Name", "T1")
    fields = (FieldChange(Level.TERMS, (DAY, DAY), "annual_salary", Decimal("12.50"), None, True),)
    finding = Finding("bank.missing", Severity.WARNING, "iban", {"day": DAY, "some": ("a", True)}, "verbatim")
    alike = (Lookalike("T2", "1002", "Other", "email"),)
    scope = Scope(ScopeKind.PEOPLE, frozenset({"S1"}), frozenset({"S2"}))
    change = Change(
        ChangeKind.UPDATE, person, fields, ((Level.TERMS, (DAY, DAY)),), (finding,), alike, fields, "basis",
        "fingerprint", "delivery", "trace",
    )  # fmt: skip
    outcome = Outcome(
        OutcomeKind.UPDATED, person, ((Level.TERMS, (DAY, DAY), "annual_salary"),), (finding,), text, text, "verbatim",
        "reference", True, alike, (Drifted(Level.PERSON, (), "email", True),),
    )  # fmt: skip
    difference = PersonDiff(
        DiffKind.DIFFERS, person, ChangeKind.CREATE, ChangeKind.UPDATE, (FieldDiff(fields[0], None),), (finding,)
    )
    header = PlanSummary(made_at=WHEN, scope=scope, counts={ChangeKind.CREATE: 1}, overwrites={"email": 1})
    made: dict[str, Any] = {
        "change": change_to_json(change),
        "outcome": outcome_to_json(outcome),
        "outcome, as it was looked at": outcome_to_json(
            replace(outcome, unread=True, kept=("email",), unseen=("phone",))
        ),
        "difference": difference_to_json(difference),
        "head of a plan": header.to_json(),
        "guard, made again": PlanDiff("U1", WHEN, WHEN, {DiffKind.CAME_IN: 1}).to_json(),
        "guard, reason": GuardReason("updates", 1, 2, "email").to_json(),
        "reason of a run": RunResult(RunState.FAILED, text, text, "verbatim", "reference").to_json(),
        "thresholds": Thresholds().to_json(),
        "attention": NotificationPolicy().to_json(),
        "scope": scope.to_json(),
        "finding in a draft": keep_findings([Finding("one", Severity.BLOCKING, "iban", {"text": text, "day": DAY})])[
            0
        ].model_dump(),
    }
    for label, value in made.items():
        yield f"{label}: {json_codec.dumps(value)}"
    for item in (None, True, 1, "text", Decimal("1.50"), WHEN, DAY, text, (DAY, "a")):
        yield f"value: {json.dumps(value_to_json(item), sort_keys=True)}"
    values: list[Any] = [Decimal("1.50"), WHEN, DAY, {"$decimal": "as it is"}, {"plain": [1, None]}]
    yield from (f"column: {json_codec.dumps(value)}" for value in values)
    serializer: Serializer = SealingSerializer(Vault([KEY]))
    yield f"engine's values: {serializer.name()}"
    sealed_values = []
    # Without an owner as versions before have asked for work.
    for whose in (None, WorkOwner("TEAM", "INTEGRATION")):
        arguments = arguments_of("runs", "RUN", {"run_id": "RUN"}, whose)
        sealed_values.append(serializer.serialize({"args": list(arguments), "kwargs": {}}))
        with StepCounter("RUN", whose).next("plan"):
            results = ({"run_id": "RUN"}, RecordedError("Unavailable"))
            sealed_values.extend(serializer.serialize(given) for given in results)
    for sealed in sealed_values:
        owner, value = json_codec.loads(Fernet(KEY).decrypt(sealed.encode()))
        yield f"engine's value: {json_codec.dumps([owner, value])}"
        # As versions before have sealed it: read until it has been sealed anew.
        yield f"engine's value: {json_codec.dumps([FORMER, value])}"
