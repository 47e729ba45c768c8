"""One table says who may do what; docs/roles.md draws it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.slack import roles
from bot.slack.roles import ALLOWED, OUTSIDE, Action, Role, may

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"


def test_the_page_draws_the_table() -> None:
    drawn = "\n".join(roles.page())
    found = re.search(r"^\| role.*?(?=\n\n- )", PAGE.read_text(encoding="utf-8"), re.S | re.M)
    assert found, f"{PAGE.name} has no table"
    assert found[0] == drawn, f"{PAGE.name} is to show:\n{drawn}"


def test_every_role_and_action_is_in_the_table_and_on_the_page() -> None:
    assert set(ALLOWED) == set(roles.ROLE_NOTES) == set(Role)
    assert set(roles.ACTION_NOTES) == set(Action)


@pytest.mark.parametrize("role", sorted(OUTSIDE))
def test_whoever_is_none_of_the_workspaces_own_gets_help_alone(role: Role) -> None:
    assert [action for action in Action if may(role, action)] == [Action.HELP]


def test_what_a_member_may_changes_nothing_of_an_integration() -> None:
    assert ALLOWED[Role.MEMBER] == {Action.HELP, Action.LOOK, Action.DELETE_FILE}
