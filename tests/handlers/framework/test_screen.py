"""What a person sees where Slack takes no view, or takes it no longer."""

from __future__ import annotations

from typing import Any

import pytest

from bot.locales import LANGUAGES, translator
from bot.views import wizard as views
from bot.views.plainer import cannot_be_shown, plainer
from sandbox.slack.blockkit import validate_view
from sandbox.slack.user_actions import Person
from tests.support.slack_office import Office


def kinds(who: Person) -> set[str]:
    return {block["type"] for block in who.modal.blocks} if who.modal else set()


async def refused_token(henrik: Person) -> None:
    """A form that comes back with an alert."""
    await henrik.fill("credential.simployer.access_token", "not a good token, but as long as one")
    await henrik.submit()


@pytest.mark.parametrize("error", ["invalid_arguments", "view_too_large"])
async def test_a_form_that_slack_refuses_is_shown_plainer(office: Office, error: str) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    before = len(office.calls("views.update"))
    office.slack.inject_fault("views.update", error=error, times=1)
    await refused_token(henrik)
    await office.until_field(henrik, "credential.simployer.access_token")
    await office.slack.world.changes.until(lambda: "section" in kinds(henrik))
    assert "alert" not in kinds(henrik)
    assert len(office.calls("views.update")) == before + 2


async def test_what_cannot_be_shown_at_all_leaves_no_checking_and_loses_nothing(office: Office) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    office.slack.inject_fault("views.update", error="invalid_arguments", times=2)
    await refused_token(henrik)
    await office.shows(henrik, "Ingenting du har fylt ut, er gått tapt")
    await henrik.close()
    await henrik.type("/integration setup")
    await office.slack.world.changes.until(lambda: henrik.modal)
    await henrik.click("flow.continue")
    await office.until_field(henrik, "credential.simployer.access_token")


@pytest.mark.parametrize("error", ["internal_error", "fatal_error", "ratelimited"])
async def test_a_result_that_slack_is_too_busy_to_show_is_shown_later(office: Office, error: str) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    fault: dict[str, Any] = {"retry_after": 0} if error == "ratelimited" else {"error": error}
    office.slack.inject_fault("views.update", times=2, **fault)
    await refused_token(henrik)
    await office.until_field(henrik, "credential.simployer.access_token")


async def test_a_home_that_slack_refuses_says_so(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    office.slack.inject_fault("views.publish", error="invalid_arguments", times=1)
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    assert "Slack godtok ikke" in henrik.reads(henrik.home)


@pytest.mark.parametrize("error", ["expired_trigger_id", "service_unavailable", "rate_limited"])
async def test_a_command_that_took_too_long_says_to_try_again(office: Office, error: str) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("views.open", error=error)
    await henrik.type("/integration setup")
    await office.told(henrik, "Det tok for lang tid")
    assert henrik.modal is None
    await henrik.type("/integration setup")
    await office.until_step(henrik, "system")


@pytest.mark.parametrize("error", ["exchanged_trigger_id", "rate_limited", "internal_error"])
async def test_a_press_in_home_that_took_too_long_is_answered_by_direct_message(office: Office, error: str) -> None:
    henrik = office.person("henrik")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    office.slack.inject_fault("views.open", error=error, times=1)
    await henrik.click("integration.setup", henrik.home)
    said = translator("nb")("flow.unexpected" if error == "internal_error" else "flow.too_late")
    await office.slack.world.changes.until(henrik.direct_messages)
    assert said in henrik.reads(henrik.direct_messages()[-1])
    assert len(office.calls("views.open")) == 1


async def test_a_command_for_which_slack_finds_nothing_to_open_is_answered(office: Office) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("views.open", error="not_found")
    await henrik.type("/integration setup")
    await office.told(henrik, translator("nb")("flow.unexpected"))


@pytest.mark.parametrize(("status", "unsure"), [(404, False), (500, False), (404, True)])
async def test_an_answer_that_is_not_taken_where_it_was_asked_comes_by_direct_message(
    office: Office, status: int, unsure: bool
) -> None:
    henrik = office.person("henrik")
    office.slack.inject_fault("response_url", http_status=status)
    if unsure:
        office.slack.inject_fault("users.info", error="internal_error", times=5)
    await henrik.type("/integration help")
    await office.reads(henrik.direct_messages, henrik, "Try again" if unsure else "/integration setup")
    assert henrik.ephemeral() == []


async def test_a_press_without_a_trigger_is_answered_by_direct_message(office: Office) -> None:
    henrik = office.person("henrik")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    await henrik.click("integration.setup", henrik.home)
    await office.until_step(henrik, "system")
    pressed = next(one.payload for one in office.slack.deliveries if one.payload.get("type") == "block_actions")
    for trigger in ({}, {"trigger_id": None}, {"trigger_id": ""}):
        before = len(henrik.direct_messages())
        bare = {key: value for key, value in pressed.items() if key != "trigger_id"} | trigger
        await office.slack.world.way.deliver("interactive", bare, accepts_response=False)
        await office.slack.world.changes.until(lambda: len(henrik.direct_messages()) > before)  # noqa: B023
        assert "Det tok for lang tid" in henrik.reads(henrik.direct_messages()[-1])


def test_plainer_views_are_good_views_and_say_the_same() -> None:
    for t in (translator(language) for language in LANGUAGES):
        view = views.trouble(t, "ab12")
        plain = plainer(view)
        assert "alert" not in {block["type"] for block in plain["blocks"]}
        assert len(plain["blocks"]) == len(view["blocks"])
        assert t("flow.unexpected") in str(plain)
        for shown in (plain, cannot_be_shown(t, "ab12", view), cannot_be_shown(t, "ab12", {"type": "home"})):
            assert validate_view(shown) == []


async def test_a_refused_view_is_logged_by_its_parts_alone(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    henrik = office.person("henrik")
    await office.begin(henrik)
    office.slack.inject_fault("views.update", error="invalid_arguments", times=1)
    await henrik.fill("credential.simployer.access_token", "canary-canary-canary-canary")
    await henrik.submit()
    await office.until_field(henrik, "credential.simployer.access_token")
    logged = capfd.readouterr().out
    assert "view_refused" in logged
    assert "canary" not in logged
