"""No object that a submission passes through has in its repr what was typed."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, cast

import pytest

import bot
import storage
from bot.handlers.framework.draft import WizardState
from bot.handlers.framework.interaction import Interaction, place_of
from bot.handlers.framework.occurrence import Occurrence
from bot.handlers.framework.wizard import Finish, Show, StepContext
from bot.handlers.setup.draft import SetupDraft
from bot.providers.protocol import Connection
from bot.slack.permissions import Member
from bot.slack.roles import Action

CANARY = "canary-7f3a-typed"
TYPED = frozenset(
    {"body", "credentials", "password", "private_key", "client_secret", "bot_token", "view", "event", "data", "options"}
)
NOT_TYPED = {("Run", "options"), ("_Kind", "body")}


def planted() -> list[object]:
    element = {"type": "plain_text_input", "value": CANARY}
    state = {"values": {"credential.tripletex.employee_token": {"value": element}}}
    body: dict[str, Any] = {"view": {"id": "V1", "type": "modal", "state": state, "private_metadata": CANARY}}
    unused: Any = None
    member = cast(Member, None)
    interaction = Interaction(services=unused, client=unused, member=member, purpose=Action.EDIT, body=body)
    assert CANARY in str(interaction.form_values)
    answers = SetupDraft(source_credentials={"access_token": CANARY}, target_credentials={"employee_token": CANARY})
    context = StepContext(interaction=interaction, wizard=unused, draft=unused, answers=answers)
    connection = Connection(credentials={"employee_token": CANARY}, options={"consumer_token": CANARY})
    occurrence = Occurrence(team_id="T1", enterprise_id=None, event={"text": CANARY}, at=None)
    return [interaction, context, answers, connection, occurrence, Show({"blocks": [CANARY]}), Finish({"a": CANARY})]


def reachable(value: object) -> Iterator[object]:
    yield value
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from reachable(getattr(value, each.name))


def test_no_repr_of_what_a_submission_reaches_holds_what_was_typed() -> None:
    for one in planted():
        for value in reachable(one):
            if is_dataclass(value) or isinstance(value, WizardState):
                assert CANARY not in f"{value!r}{value!s}", type(value).__name__


def modules() -> Iterator[Any]:
    for package in (bot, storage):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__") and "migrations" not in found.name:
                yield importlib.import_module(found.name)


def shown(each: Field[Any]) -> bool:
    return each.repr and each.type not in ("bool", "int") and each.default is MISSING


def test_no_dataclass_shows_a_field_of_such_a_name() -> None:
    wrong = {
        (kind.__name__, each.name)
        for module in modules()
        for kind in vars(module).values()
        if isinstance(kind, type) and is_dataclass(kind) and kind.__repr__ is not object.__repr__
        for each in fields(kind)
        if each.name in TYPED and shown(each)
    }
    assert wrong - NOT_TYPED == set()


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("0", 0),
        ("17", 17),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("\u0663", None),
        ("9" * 10, None),
        ("9" * 2000, None),
    ],
)
def test_a_place_that_no_list_has_is_none(said: str, place: int | None) -> None:
    assert place_of(said) == place
