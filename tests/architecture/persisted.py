"""Collects every name that is persisted, sealed under, or known to Slack: what stored data is found and read by.

Nothing here is the name of a module, a class or an attribute of ours, which may all change; each section holds only
what stands in a database, in the engine's tables, in a sealed value or in a message in Slack.
"""

from __future__ import annotations

import ast
import gc
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from pydantic import SecretStr

import bot
import storage
from bot.app import App
from bot.core.text import Text
from bot.domain.change import LOOKS_ALIKE_BY, ChangeKind
from bot.domain.employee import PayPeriod
from bot.domain.findings import Severity
from bot.domain.leave import LeaveKind, LeaveStatus, ParentKind
from bot.domain.leave_calendar import ScheduleOwner
from bot.domain.leave_delivery import CloseReason, FileMode
from bot.domain.leave_ledger import LedgerState
from bot.domain.notification_policy import Verbosity
from bot.domain.outcome import OutcomeKind
from bot.domain.record import Level
from bot.domain.resource import Capability, LeaveForm, LeaveWay, Resource
from bot.domain.safeguard_hold import Safeguard
from bot.domain.scope import ScopeKind
from bot.handlers.framework.draft import WizardState
from bot.handlers.framework.wizard import Wizard
from bot.jobs.engine.engine import Progress
from bot.jobs.engine.work_owner import WorkOwner
from bot.jobs.runs.queue import WorkQueue, owner_of
from bot.jobs.runs.service import Slot
from bot.jobs.runs.shown_plan import PreviewState
from bot.jobs.runs.step_results import NextPhase
from bot.locales.loader import catalogue
from bot.providers import registry
from bot.providers.agda_ps import field_table as agda_ps_mapping
from bot.providers.declaration import LateChange, LockSignal
from bot.providers.paxml import field_table as paxml_mapping
from bot.providers.protocol import ControlProof, Write, WriteStatus
from bot.settings import Settings
from bot.slack.channel_audience import Audience
from bot.slack.refusals import RefusalKind
from bot.slack.roles import Action, Role
from bot.sync.checks.identity import IdentityKind
from bot.sync.checks.norwegian import NorwegianKind
from bot.sync.compare import match
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind, StepKind
from bot.sync.leave.ledger_entries import Decision
from bot.sync.leave.normal_days import Withheld
from bot.sync.leave.period_files import FileState
from bot.sync.leave.probes import ExtentScale, HoursMeaning
from bot.sync.plan.plan_diff import DiffKind
from bot.worker_process import ProcessRole
from storage import resolutions
from storage.audit_check import FaultKind
from storage.digests import Period
from storage.installations import BundleKind
from storage.integrations import Integration, IntegrationState
from storage.models import Base
from storage.rotation import SEALED
from storage.runs import RunKind, RunState, RunTrigger
from storage.seals import COLUMNS
from storage.trouble import DatabaseTrouble
from storage.vault import Vault, draft_owner, installation_owner, integration_owner, run_owner, workspace_owner
from tests.architecture.persisted_examples import DAY, KEY, WHEN, examples, ids

ROOT = Path(__file__).parent.parent.parent
STORED: Mapping[str, type[StrEnum]] = {
    "run kind": RunKind,
    "run trigger": RunTrigger,
    "run state": RunState,
    "next phase of a run": NextPhase,
    "integration state": IntegrationState,
    "bundle of an installation": BundleKind,
    "digest period": Period,
    "decision of a conflict": resolutions.ResolutionKind,
    "decision that a plan knows": match.MatchDecision,
    "which runs are reported": Verbosity,
    "what was loosened": Safeguard,
    "scope": ScopeKind,
    "level of a part": Level,
    "severity": Severity,
    "change": ChangeKind,
    "outcome": OutcomeKind,
    "difference between plans": DiffKind,
    "resource": Resource,
    "way of a code of leave": LeaveWay,
    "entry of the ledger of leave": LedgerState,
    "mode of a file of leave": FileMode,
    "kind of leave": LeaveKind,
    "step of a plan of leave": StepKind,
    "outcome of a step of leave": DayOutcomeKind,
    "question about leave": ConflictKind,
    "reason for which leave waits": Withheld,
    "closed to leave by": CloseReason,
    "scale of extents": ExtentScale,
    "state of a file of leave": FileState,
}
"""Those of the code's enumerations whose values are stored, by what they say."""

NEVER_STORED = {
    Audience, ControlProof, Role, Action, Progress, WriteStatus, Write, PayPeriod, IdentityKind, NorwegianKind,
    Capability, LateChange, LeaveForm, LockSignal, LeaveStatus, ParentKind, ScheduleOwner, Decision, HoursMeaning,
    PreviewState, FaultKind, DatabaseTrouble, agda_ps_mapping.AgdaGroup, paxml_mapping.PaxmlGroup, RefusalKind,
    ProcessRole,
}  # fmt: skip
"""These live no longer than a call or a reading."""


def collected() -> dict[str, set[str]]:
    """All sections but those that are only seen while the bot works."""
    return {
        "tables and columns": set(_schema()),
        "sealed columns": {f"{model.__table__.name}.{column}" for model, column in SEALED},  # type: ignore[attr-defined]
        "owners of what is sealed": {
            workspace_owner("ID"),
            integration_owner("ID"),
            draft_owner("ID"),
            run_owner("ID"),
            installation_owner("ID"),
        }
        | {f"place: {column.place('TEAM', _Names())}" for column in COLUMNS},
        "keyed fingerprint": {Vault([KEY]).fingerprint("integration:ID", "data")},
        "values of enumerations": {f"{label}: {one.value}" for label, kind in STORED.items() for one in kind}
        | {f"alike by: {word}" for word in LOOKS_ALIKE_BY},
        "ids of runs and posts": ids(),
        "stored examples": set(examples()),
        "fields of a draft": {field for form in _forms() for field in _fields(form.model_json_schema())},
        "providers": set(_providers()),
        "texts": set(catalogue("en")),
        "workflow step": set(_workflow()),
    }


async def of_the_app(folder: Path) -> dict[str, set[str]]:
    """Listeners and guided conversations, of an app that is not started, and what is asked of the engine."""
    app = App(
        Settings(
            _env_file=None,
            slack_bot_token=SecretStr("xoxb-none"),
            slack_app_token=SecretStr("xapp-none"),
            database_url=f"sqlite:///{folder / 'bot.sqlite3'}",
            encryption_keys=SecretStr(KEY),
        )
    )
    listeners = {
        f"{kind}: {constraint if isinstance(constraint, str) else constraint.pattern}"
        for kind, constraint in app.listeners.registered
    }
    flows = [one for one in gc.get_objects() if isinstance(one, Wizard)]
    # Those of versions before, too: the conversation says which step goes on for them.
    steps = {f"{flow.kind}: {name}" for flow in flows for name in (*(step.name for step in flow.steps), *flow.former)}
    await app.database.close()
    return {
        "listeners": listeners,
        "conversations and their steps": steps,
        "ids in views": set(_ids_in_views()),
        "work": await _work(),
    }


def enumerations() -> set[type[StrEnum]]:
    """Every enumeration of words that the code defines."""
    found: set[type[StrEnum]] = set()
    for package in (bot, storage):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__") or ".migrations" in module.name:
                continue
            for one in vars(importlib.import_module(module.name)).values():
                if inspect.isclass(one) and issubclass(one, StrEnum) and one.__module__ == module.name:
                    found.add(one)
    return found


def paths(value: Any, at: str = "") -> Iterator[str]:
    """The keys of a JSON value, nested ones with a dot; `[]` are the items of a list, `*` a key that is an id."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            here = f"{at}.{_word(key)}" if at else _word(key)
            yield here
            # By the fields of a provider, and by what a text asks for: neither is a name of this value's.
            yield from () if key in ("overwrites", "values") else paths(item, here)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from paths(item, f"{at}[]")


class _Names:
    """A row whose every value is the name of its column."""

    def __getitem__(self, name: str) -> str:
        return name


def form_of(name: str) -> str:
    """The name with its ids and times taken out."""
    for pattern, stand_in in _PARTS:
        name = pattern.sub(stand_in, name)
    return name


_PARTS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ"), "SLOT"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DAY"),
    (re.compile(r"\d{8}T\d{12}"), "INSTANT"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "ID"),
    (re.compile(r"\b[TCUDW](?=[A-Z0-9]*\d)[A-Z0-9]{7,}\b"), "SLACK"),
)


def _word(key: str) -> str:
    return key if re.fullmatch(r"[$a-z][a-z_.$]*", key) else "*"


def _schema() -> Iterator[str]:
    for table in Base.metadata.tables.values():
        yield table.name
        yield from (f"{table.name}.{column.name}" for column in table.columns)
        yield from (f"{table.name}: {index.name}" for index in table.indexes)
        yield from (f"{table.name}: {constraint.name}" for constraint in table.constraints if constraint.name)


def _forms(form: type[WizardState] = WizardState) -> Iterator[type[WizardState]]:
    """The drafts of all wizards, and the pieces that they are composed of."""
    yield form
    for narrower in form.__subclasses__():
        yield from _forms(narrower)


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    known = schema.get("$defs", {})

    def walk(node: Any, at: str) -> Iterator[str]:
        if isinstance(node, Mapping):
            if "$ref" in node:
                yield from walk(known[node["$ref"].rpartition("/")[2]], at)
            for name, inner in node.get("properties", {}).items():
                here = f"{at}.{name}" if at else name
                yield here
                yield from walk(inner, here)
            for part in ("items", "additionalProperties"):
                yield from walk(node.get(part), f"{at}[]")
            for inner in (*node.get("anyOf", ()), *node.get("prefixItems", ())):
                yield from walk(inner, at)

    yield from walk(schema, "")


def _providers() -> Iterator[str]:
    everyone: list[tuple[str, Any]] = [(registry.SOURCE, registry.source()), *registry.targets().items()]
    for key, provider in everyone:
        assert provider.info.key == key
        for one in provider.info.credentials:
            yield f"{key}: credential {one.key}"
            yield from (f"{key}: credential {one.key}={choice}" for choice in one.choices)
        for setting in provider.info.settings:
            yield f"{key}: setting {setting.key}"
            yield from (f"{key}: setting {setting.key}={choice}" for choice in (*setting.choices, *setting.retired))
        for spec in provider.info.resources:
            for setting in spec.settings:
                yield f"{key}: {spec.resource} setting {setting.key}"
                yield from (f"{key}: {spec.resource} setting {setting.key}={choice}" for choice in setting.choices)
        for rule in getattr(provider, "fields", ()):
            yield f"{key}: field {rule.level.value} {rule.key}"


def _workflow() -> Iterator[str]:
    for name, function in yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))["functions"].items():
        yield name
        for way in ("input_parameters", "output_parameters"):
            yield from (f"{name}: {way} {each}" for each in function[way]["properties"])


def _ids_in_views() -> Iterator[str]:
    """Block, action and callback ids that the source spells: as an argument of that name, as a constant by itself, or
    as what a function gives. `{}` stands for what is put in.

    A text's key has the same form, and is in its own section: a function that gives one is passed over.
    """
    texts = "\n".join(catalogue("en"))
    for path in sorted((ROOT / "bot").rglob("*.py")):
        if not {"views", "handlers"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.keyword(arg="action_id" | "block_id" | "callback_id", value=value):
                    if (found := _literal(value)) and found != "{}":
                        yield found
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.isupper():
                    if (found := _literal(value)) and _DOTTED.fullmatch(found) and not found.endswith(".po"):
                        yield found
                case ast.Return(value=value) if (found := _literal(value)) and _DOTTED.fullmatch(found):
                    if not re.search("^" + re.escape(found).replace(r"\{\}", r"[^\n]+") + "$", texts, re.M):
                        yield found


_DOTTED = re.compile(r"[a-z_]+(?:[.:][a-z_{}]+)+")


def _literal(node: ast.AST | None) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
        case _:
            return None


class _Asked:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    async def enqueue(
        self, kind: str, work_id: str, partition: str, arguments: Mapping[str, Any], owner: WorkOwner | None = None
    ) -> None:
        assert owner == WorkOwner("TEAM", "INTEGRATION")
        keys = " ".join(sorted(arguments))
        for name in ("phase", "what"):
            if name in arguments:
                keys += f" {name}={arguments[name]}"
        self.seen.add(f"{kind} | {work_id} | {partition} | {keys}")


async def _work() -> set[str]:
    engine = _Asked()
    desk, one = WorkQueue(engine), _integration()
    await desk.enqueue_plan("RUN", one)
    await desk.enqueue_apply("RUN", one)
    await desk.enqueue_approval_request("RUN", owner_of(one))
    await desk.enqueue_approved("RUN", owner_of(one))
    await desk.enqueue_report("RUN", owner_of(one))
    await desk.enqueue_digest("DIGEST", owner_of(one), "day", WHEN, WHEN)
    await desk.enqueue_expiry_warning("WARNING", one.team_id, one.id, DAY)
    await desk.enqueue_trouble("CAUSE", owner_of(one), Text("jobs.paused"))
    late = Slot(one, WHEN, (WHEN - WHEN.replace(hour=1), WHEN - WHEN.replace(hour=2))).run()
    return engine.seen | {
        f"options of a late run: {' '.join(sorted(late.options.to_json()))}",
        f"id of a slot's run: {late.id}",
    }


def _integration() -> Integration:
    return Integration(
        id="INTEGRATION", team_id="TEAM", provider="tripletex", target_account_id="ACCOUNT", target_account_name="Name",
        environment="test", name="Name", state=IntegrationState.CONNECTED, paused_from_state=None, owner_user_id="U1",
        channel_id="C1", language="en", scope={}, settings={}, thresholds={}, attention={}, retention_days=None,
        full_compare_at=None, last_source_count=None, created_at=WHEN, updated_at=WHEN, version=1, removed_at=None,
    )  # fmt: skip
