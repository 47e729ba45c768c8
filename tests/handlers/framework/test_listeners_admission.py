"""What decides who may: Slack's word on one person, whatever an organisation makes of it, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pytest

from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Membership, Role, User
from tests.support.slack_office import Office, blocks_of

OURS, ANOTHER, ORGANISATION = "T01NORDLIND", "T02OTHER", "E01NORD"


def described(office: Office, name: str, membership: Membership | None = None, **more: object) -> Person:
    """Somebody of whom users.info tells this."""
    person = office.person(name)
    changed = replace(person.user, membership=membership, **more)  # type: ignore[arg-type]
    person.user = office.slack.world.workspace.users[person.user.id] = changed
    return person


@pytest.mark.parametrize(
    "membership",
    [
        Membership(ANOTHER, (ANOTHER, OURS)),
        Membership(ORGANISATION, (OURS,)),
        Membership(ORGANISATION),
        Membership(None, (OURS,)),
        Membership(None),
        Membership(""),
        Membership(OURS, (ANOTHER,)),
    ],
)
async def test_an_admin_of_an_organisations_workspace_may(office: Office, membership: Membership) -> None:
    office.slack.join_organisation(ORGANISATION, "Nordlind group")
    henrik = described(office, "henrik", membership)
    await henrik.type("/integration setup")
    await office.until_step(henrik, "system")


@pytest.mark.parametrize(
    "membership",
    [
        Membership(ANOTHER),
        Membership(ANOTHER, (ANOTHER,)),
        Membership(None, (ANOTHER,)),
        Membership(ORGANISATION, (ANOTHER,)),
        Membership("E99OTHER"),
        Membership(OURS, (OURS,), is_stranger=True),
        Membership(None, is_stranger=True),
    ],
)
async def test_whoever_belongs_elsewhere_may_not(office: Office, membership: Membership) -> None:
    office.slack.join_organisation(ORGANISATION, "Nordlind group")
    henrik = described(office, "henrik", membership)
    await henrik.type("/integration setup")
    await office.told(henrik, "<@U01ASTRID>")
    assert henrik.modal is None


async def test_the_organisation_of_a_workspace_is_asked_for_where_no_request_tells_it(office: Office) -> None:
    office.slack.join_organisation(ORGANISATION, "Nordlind group")
    described(office, "henrik", Membership(ORGANISATION))
    access = office.app.services.access
    client = await office.app.slack.client_of(OURS)
    assert not (await access.member(client, OURS, "U02HENRIK")).is_guest


def more_than(who: Person, seen: int) -> bool:
    return len(who.ephemeral()) > seen


def crowd(office: Office, people: int) -> None:
    """So many people, with the admins last."""
    users = office.slack.world.workspace.users
    admins = {user_id: users.pop(user_id) for user_id in list(users) if users[user_id].role in (Role.OWNER, Role.ADMIN)}
    users |= {f"U9{n:06}": User(f"U9{n:06}", f"person{n}", f"Person {n}") for n in range(people)}
    users |= admins


async def test_in_a_large_workspace_everybody_may_look(office: Office) -> None:
    await office.make()
    crowd(office, 5_000)
    maja = office.person("maja")
    for _ in range(12):
        seen = len(maja.ephemeral())
        await maja.type("/integration")
        await office.slack.world.changes.until(partial(more_than, maja, seen))
        assert "Norge" in maja.reads(maja.ephemeral()[-1])
    maja.open_home()
    await office.slack.world.changes.until(lambda: maja.home)
    assert len(office.calls("users.list")) <= 10


async def test_who_may_is_asked_once_an_hour(office: Office) -> None:
    maja, oliver = office.person("maja"), office.person("oliver")
    for one in (maja, oliver, maja):
        seen = len(one.ephemeral())
        await one.type("/integration setup")
        await office.slack.world.changes.until(partial(more_than, one, seen))
        assert "<@U01ASTRID>" in one.reads(one.ephemeral()[-1])
    assert len(office.calls("users.list")) == 1


@pytest.mark.parametrize("error", ["ratelimited", "missing_scope", "limit_required"])
async def test_who_may_not_is_told_so_even_if_slack_does_not_name_those_who_may(office: Office, error: str) -> None:
    office.slack.inject_fault("users.list", error=error, times=50)
    maja = office.person("maja")
    await maja.type("/integration setup")
    await office.told(maja, "ägare och administratörer")
    asked = len(office.calls("users.list"))
    await maja.type("/integration setup")
    await office.slack.world.changes.until(lambda: len(maja.ephemeral()) == 2)
    assert len(office.calls("users.list")) <= max(asked, 4), "a refusal of the list is remembered too"


async def test_a_search_by_one_who_may_not_asks_for_no_list(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_accounts(henrik)
    await office.from_accounts_to_scope(henrik)
    before = len(office.calls("users.list"))
    described(office, "henrik", role=Role.MEMBER)
    office.app.services.access._members.clear()  # as a minute later
    field = next(iter(re.findall(r"[\w.]*people[\w.]*", " ".join(blocks_of(henrik)))))
    assert await henrik.search(field, "Sol") == []
    assert len(office.calls("users.list")) == before


async def test_a_form_keeps_what_was_typed_while_slack_is_slow_to_say_who_it_is(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_credentials(henrik, "tripletex", "credential.tripletex.employee_token")
    await henrik.fill("credential.tripletex.employee_token", "typed")
    office.app.services.access._members.clear()  # as a minute later
    office.slack.inject_fault("users.info", error="internal_error", times=5)
    answer = await henrik.submit()
    assert answer["ok"] is False
    assert "Try again" in next(iter(henrik.errors.values()))
    assert "credential.tripletex.employee_token" in blocks_of(henrik)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe/Oslo\x00", "../etc/passwd", "US/Pacific-New", ""])
async def test_a_zone_that_is_unknown_here_is_answered_in_ours(office: Office, zone: str) -> None:
    await office.make()
    henrik = described(office, "henrik", tz=zone)
    await henrik.type("/integration")
    await office.told(henrik, "Norge")
    await henrik.type("/integration schedule Norge")
    await office.until_step(henrik, "schedule")


async def test_a_press_in_home_is_answered_while_slack_does_not_say_who_it_is(office: Office) -> None:
    henrik = office.person("henrik")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    office.app.services.access._members.clear()  # as a minute later
    office.slack.inject_fault("users.info", error="internal_error", times=5)
    await henrik.click("integration.setup", henrik.home)
    await office.shows(henrik, "Slack did not say in time who you are")


async def test_an_empty_home_says_why_it_is_empty_and_a_full_one_stays(office: Office) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("users.info", error="internal_error")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    assert "Slack did not say in time who you are" in henrik.reads(henrik.home)
    office.app.services.access._members.clear()
    office.slack.inject_fault("users.info", error="internal_error")
    seen = len(office.calls("users.info"))
    henrik.open_home()
    await office.slack.world.changes.until(lambda: len(office.calls("users.info")) > seen)
    assert len(office.calls("views.publish")) == 1


async def test_a_press_in_a_form_keeps_the_form_while_slack_does_not_say_who_it_is(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_credentials(henrik, "tripletex", "credential.tripletex.employee_token")
    await henrik.fill("credential.tripletex.employee_token", "typed")
    office.app.services.access._members.clear()  # as a minute later
    office.slack.inject_fault("users.info", error="internal_error", times=5)
    await henrik.click("flow.back")
    await office.shows(henrik, "Slack did not say in time who you are")
    await henrik.close()
    assert "credential.tripletex.employee_token" in blocks_of(henrik)


async def test_the_log_names_slacks_own_code(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    henrik = office.person("henrik")
    for error in ("missing_scope", "token_revoked"):
        office.slack.inject_fault("users.info", error=error, times=1)
        seen = len(henrik.ephemeral())
        await henrik.type("/integration setup")
        await office.slack.world.changes.until(partial(more_than, henrik, seen))
        assert error in capfd.readouterr().out


@pytest.mark.parametrize("code", ["expired_trigger_id", "exchanged_trigger_id", "push_limit_reached"])
async def test_where_nothing_can_be_opened_the_person_hears_it_all_the_same(office: Office, code: str) -> None:
    henrik = office.person("henrik")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    office.app.services.access.forget(office.team_id)
    office.slack.inject_fault("users.info", http_status=200, body='"no"')
    office.slack.inject_fault("views.open", error=code)
    await henrik.click("integration.setup", henrik.home)
    await office.reads(henrik.direct_messages, henrik, "Try again")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"error": "token_revoked"}, ("token_revoked", "install the app again")),
        ({"error": "missing_scope"}, ("missing_scope", "permissions")),
        ({"error": "user_not_visible"}, ("user_not_visible", "permissions")),
        ({"error": "org_login_required"}, ("Try again",)),
        ({"http_status": 200, "body": '{"ok": true}'}, ("Try again",)),
        ({"http_status": 200, "body": '"no"'}, ("Try again",)),
    ],
)
async def test_only_where_asking_again_helps_is_it_advised(
    office: Office, fault: dict[str, object], said: tuple[str, ...]
) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("users.info", **fault)  # type: ignore[arg-type]
    await henrik.type("/integration setup")
    message = await office.told(henrik, *said)
    assert ("Try again" in henrik.reads(message)) is ("Try again" in said)
