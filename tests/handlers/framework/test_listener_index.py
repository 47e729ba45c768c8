"""What a person did finds its listener by its name, and the same one that Bolt would have found in order."""

from __future__ import annotations

import re
from re import Pattern
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization.authorize_result import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.handlers.framework.listener_index import Constraint, IndexedApp, Listener, ListenerIndex

CONSTRAINTS: tuple[Constraint, ...] = (
    "first",
    re.compile(r"^page:"),
    "page:special",
    "last",
    re.compile("las"),
    "last",
)


def listener(called: list[Constraint], constraint: Constraint) -> Listener:
    async def listen(ack: object, *_: object) -> None:
        called.append(constraint)
        await ack()  # type: ignore[operator]

    return listen


def first_in_order(name: str) -> Constraint | None:
    """As Bolt asks them, one after the other."""
    for constraint in CONSTRAINTS:
        if constraint.search(name) if isinstance(constraint, Pattern) else constraint == name:
            return constraint
    return None


@pytest.mark.parametrize("name", ["first", "page:7", "page:special", "last", "at last", "", "nobody"])
async def test_the_first_that_takes_a_name_is_found(name: str) -> None:
    called: list[Constraint] = []
    index = ListenerIndex()
    for constraint in CONSTRAINTS:
        index.add(constraint, listener(called, constraint))
    found = index.find(name)
    if found is not None:

        async def ack() -> None: ...

        await found(ack, {}, None, None, None)  # type: ignore[arg-type]
    assert called == [one for one in [first_in_order(name)] if one is not None]


BODIES: dict[str, dict[str, Any]] = {
    "command": {"command": "NAME", "team_id": "T1", "user_id": "U1", "trigger_id": "1"},
    "action": {"type": "block_actions", "actions": [{"action_id": "NAME", "block_id": "b"}]},
    "options": {"type": "block_suggestion", "action_id": "NAME", "block_id": "b", "value": ""},
    "view_submission": {"type": "view_submission", "view": {"type": "modal", "callback_id": "NAME"}},
    "view_closed": {"type": "view_closed", "view": {"type": "modal", "callback_id": "NAME"}},
}


@pytest.mark.parametrize("kind", BODIES)
async def test_bolt_hands_each_kind_over_and_refuses_what_nobody_takes(kind: str) -> None:
    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")

    app = AsyncApp(authorize=authorize, request_verification_enabled=False, name="indexed")
    indexed, called = IndexedApp(app), list[Constraint]()
    for one in BODIES:
        indexed.add(one, f"{one}-name", listener(called, one))
        indexed.add(one, re.compile(r"^any:"), listener(called, f"{one}-any"))
    for name, status in ((f"{kind}-name", 200), ("any:5", 200), ("of-nobody", 404)):
        body = {**BODIES[kind], "team": {"id": "T1"}, "user": {"id": "U1"}}
        named = _renamed(body, name)
        answer = await app.async_dispatch(AsyncBoltRequest(body=named, mode="socket_mode"))
        assert answer.status == status, name
    assert called == [kind, f"{kind}-any"]
    assert len(app._async_listeners) == len(BODIES)


def _renamed(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(inner, name) for key, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, name) for inner in value]
    return name if value == "NAME" else value
