"""Who may do what: one table of roles and actions.

`Permissions` answers from it, each listener names its action, docs/roles.md is drawn from it, and the tests knock at
every door by it. What the table does not name is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What somebody is to a workspace, as Slack describes them now; the first that fits holds."""

    DEACTIVATED = "deactivated"
    BOT = "bot"
    STRANGER = "stranger"
    GUEST = "guest"
    ADMIN = "admin"
    MANAGER = "manager"
    MEMBER = "member"


class Action(StrEnum):
    """What can be done."""

    HELP = "help"
    LOOK = "look"
    DELETE_FILE = "delete_file"
    DETAILS = "details"
    PREVIEW = "preview"
    SYNC = "sync"
    APPROVE = "approve"
    DECIDE = "decide"
    EDIT = "edit"
    CREDENTIALS = "credentials"
    FILE = "file"
    PERSON = "person"
    REMOVE = "remove"
    ACCESS = "access"


ActionOf = Action | Callable[[Mapping[str, Any]], Action]
"""The action of a listener; where one serves several, it is told by what Slack sends (the body)."""

EVERYTHING = frozenset(Action)
HELP_ALONE = frozenset({Action.HELP})

ALLOWED: Mapping[Role, frozenset[Action]] = {
    Role.DEACTIVATED: HELP_ALONE,
    Role.BOT: HELP_ALONE,
    Role.STRANGER: HELP_ALONE,
    Role.GUEST: HELP_ALONE,
    Role.ADMIN: EVERYTHING,
    Role.MANAGER: EVERYTHING - {Action.ACCESS},
    Role.MEMBER: frozenset({Action.HELP, Action.LOOK, Action.DELETE_FILE}),
}

FRESH = frozenset(
    {
        *(Action.APPROVE, Action.DECIDE, Action.DETAILS, Action.CREDENTIALS, Action.FILE, Action.DELETE_FILE),
        *(Action.PERSON, Action.REMOVE, Action.ACCESS),
    }
)
"""Slack is asked anew who somebody is; for all else, what it said within a minute holds."""

OUTSIDE = frozenset({Role.DEACTIVATED, Role.BOT, Role.STRANGER, Role.GUEST})
"""They are no members of the workspace's own: nothing can make them managers."""


def may(role: Role, action: Action) -> bool:
    """Whether the table allows it."""
    return action in ALLOWED.get(role, frozenset())


ROLE_NOTES: Mapping[Role, str] = {
    Role.ADMIN: "owners and admins of the workspace",
    Role.MANAGER: "members whom an admin chose with `/integration access`, or whom `MANAGERS` names",
    Role.MEMBER: "everybody else of the workspace",
    Role.GUEST: "guests of one channel or several",
    Role.STRANGER: "people of other organisations (Slack Connect) and of other workspaces",
    Role.BOT: "bots and apps, Slackbot among them",
    Role.DEACTIVATED: "people whose account is deactivated",
}
"""In the order of the page."""

ACTION_NOTES: Mapping[Action, str] = {
    Action.HELP: "read the help, and open an empty Home tab",
    Action.LOOK: "see the overview, `status` and the Home tab: systems, companies, channels, schedules, last results",
    Action.DELETE_FILE: "delete the file that was given to oneself",
    Action.DETAILS: "read history, audit, whom a plan is about, and what an outside system said word for word",
    Action.PREVIEW: "start a preview",
    Action.SYNC: "start and cancel a sync, a full sync among them, also by the step of a workflow",
    Action.APPROVE: "approve or refuse a sync that waits, confirm settings that were loosened, and say whether a file "
    "of absence was imported",
    Action.DECIDE: "answer what a sync asks about people, and mute a known problem of one until a day",
    Action.EDIT: "change scope, schedule, channel, reports, mapping and thresholds; pause and resume",
    Action.CREDENTIALS: "set up an integration, and replace credentials",
    Action.FILE: "have everyone, the history or the audit as a file in a direct message",
    Action.PERSON: "have what is stored of one person as a file in a direct message, or erase it",
    Action.REMOVE: "remove an integration",
    Action.ACCESS: "choose who may manage integrations",
}


def page() -> Iterator[str]:
    """The tables of docs/roles.md, line by line."""
    yield "| role | who |"
    yield "|---|---|"
    yield from (f"| {role} | {note} |" for role, note in ROLE_NOTES.items())
    yield ""
    yield f"| action | {' | '.join(ROLE_NOTES)} | Slack is asked |"
    yield f"|---{'|:-:' * len(ROLE_NOTES)}|---|"
    for action, note in ACTION_NOTES.items():
        marks = " | ".join("yes" if may(role, action) else "–" for role in ROLE_NOTES)
        yield f"| **{action}**: {note} | {marks} | {'anew' if action in FRESH else 'within a minute'} |"
