"""The bot over HTTP: installed through the browser, spoken to by signed requests, with a token for each team."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa

from bot.slack.http_server import EVENTS_PATH, HEALTH_PATH, HttpServer, PortTaken
from bot.slack.oauth.flow import INSTALL_PATH
from bot.slack.oauth.installation_store import Installations
from bot.slack.request_ledger import RequestLedger
from bot.slack.request_signature import RequestSignature
from sandbox.slack.api import oauth
from sandbox.slack.api.call import Call
from sandbox.slack.jsontype import Json
from storage import installations, workspaces
from storage.installations import Bundle, BundleKind
from storage.models import InstallationRow
from tests.e2e.report_reader import report
from tests.support.http_office import HttpOffice
from tests.support.slack_office import Office, open_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[HttpOffice]:
    async with open_office(tmp_path, HttpOffice) as opened:
        assert isinstance(opened, HttpOffice)
        yield opened


async def test_a_workspace_installs_the_bot_and_runs_its_first_sync(office: HttpOffice) -> None:
    page = await office.install()
    assert page.status_code == 200
    assert "/integration setup" in page.text
    assert 'lang="sv"' in page.text
    assert page.headers["cache-control"] == "no-store"
    henrik = office.person("henrik")
    await office.set_up(henrik, "1005", "1007")
    await office.preview(henrik)
    await henrik.type("/integration sync now")
    await report(office, henrik, "Synkronisering", "2 ansatte ble overført")
    assert {delivery.connection for delivery in office.slack.deliveries} == {None}, "nothing came by a websocket"


async def test_before_it_is_installed_a_command_says_so(office: HttpOffice) -> None:
    henrik = office.person("henrik")
    await henrik.type("/integration")
    await office.told(henrik, "not installed in this workspace any more")


async def test_tokens_are_nowhere_in_clear(office: HttpOffice) -> None:
    await office.install()
    kept = b"".join(file.read_bytes() for file in office.folder.iterdir() if file.is_file())
    assert b"xoxb-" not in kept
    assert office.slack.world.tokens.client_secret.encode() not in kept


async def test_a_request_with_a_wrong_signature_is_refused(office: HttpOffice) -> None:
    await office.install()
    body = "command=%2Fintegration&text=&user_id=U02HENRIK&team_id=" + office.team_id
    good = office.slack.world.request_url.signature(body) | {"Content-Type": "application/x-www-form-urlencoded"}
    before = len(office.calls("users.info"))
    async with httpx.AsyncClient() as client:
        for wrong in (
            good | {"X-Slack-Signature": "v0=" + "0" * 64},
            good | {"X-Slack-Request-Timestamp": "1700000000"},
            {"Content-Type": good["Content-Type"]},
        ):
            answer = await client.post(office.url + EVENTS_PATH, content=body, headers=wrong)
            assert answer.status_code == 401
    assert len(office.calls("users.info")) == before


async def test_who_cancels_is_told_what_to_do_and_nothing_isinstallations_kept(office: HttpOffice) -> None:
    page = await office.install("cancel")
    assert "Installationen avbröts i Slack" in page.text
    assert INSTALL_PATH in page.text
    assert await installations_kept(office) == 0


async def test_an_installation_finished_in_another_browser_or_twice_is_refused(office: HttpOffice) -> None:
    async with httpx.AsyncClient() as browser:
        consent, cookie = await office.begin_installing(browser)
        back = (await browser.post(consent, data={"answer": "allow"})).headers["location"]
        stranger = await browser.get(back)
        assert stranger.status_code == 400
        assert "another browser" in stranger.text
        assert (await browser.get(back, headers={"cookie": cookie})).status_code == 200
        again = await browser.get(back, headers={"cookie": cookie})
        assert again.status_code == 401
        assert "finished already" in again.text
    assert await installations_kept(office) == 1


async def test_a_wrong_client_secret_is_named_by_its_setting_and_nothing_secret_is_logged(
    office: HttpOffice, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    office.slack.world.tokens.client_secret = "another"
    page = await office.install()
    assert page.status_code == 401
    assert "SLACK_CLIENT_SECRET" in page.text
    (call,) = office.calls("oauth.v2.access")
    said = capfd.readouterr().out
    assert "bad_client_secret" in said
    assert call.arguments["code"] not in caplog.text + said


async def test_an_uninstalled_bot_forgets_its_token_and_can_be_installed_again(office: HttpOffice) -> None:
    await office.install()
    integration = await office.make()
    henrik = office.person("henrik")
    office.slack.uninstall()

    async def paused() -> bool:
        return (await office.integration(integration.id)).state == "paused" and await installations_kept(office) == 0

    await office.until(paused)
    await henrik.type("/integration")
    await office.told(henrik, "install it again")
    assert (await office.install()).status_code == 200
    await henrik.type("/integration")
    await office.told(henrik, "Norge")


async def test_each_team_is_spoken_to_with_its_own_token(office: HttpOffice) -> None:
    database = office.app.database
    now = datetime.now(UTC)

    async def bundle(token: str, team: str | None, enterprise: str | None) -> None:
        data = {
            "bot_token": token, "bot_id": "B1", "bot_user_id": "U1", "installed_at": now.timestamp(),
            "team_id": team, "enterprise_id": enterprise, "is_enterprise_install": team is None,
        }  # fmt: skip
        async with database.session() as s:
            made = Bundle(
                team_id=team, enterprise_id=enterprise, kind=BundleKind.BOT, user_id="U9", data=data, installed_at=now
            )
            await installations.save(s, database.vault, made)

    await bundle("xoxb-one", "T1", None)
    await bundle("xoxb-two", "T2", "E1")
    await bundle("xoxb-whole", None, "E1")
    async with database.session() as s:
        await workspaces.ensure(s, "T2", "Two", "E1")
        await workspaces.ensure(s, "T3", "Three", "E1")
    of = {team: (await office.app.slack.client_of(team)).token for team in ("T1", "T2", "T3", "T4")}
    assert of == {"T1": "xoxb-one", "T2": "xoxb-two", "T3": "xoxb-whole", "T4": ""}
    stranger = await Installations(database).async_find_bot(enterprise_id=None, team_id=None)
    assert stranger is None


async def test_health_tells_whether_the_database_answers(office: HttpOffice) -> None:
    async with httpx.AsyncClient() as client:
        well = await client.get(office.url + HEALTH_PATH)
    assert (well.status_code, well.json()) == (200, {"ok": True})


async def test_a_taken_port_is_named(office: HttpOffice) -> None:
    port = urlsplit(office.url).port
    assert port is not None
    another = HttpServer(
        office.app.slack.bolt,
        office.site._client,
        office.site._flow,
        "127.0.0.1",
        port,
        office.app.database.answers,
        signature=RequestSignature("secret"),
        ledger=RequestLedger(office.app.database),
    )
    with pytest.raises(PortTaken) as taken:
        await another.start()
    assert taken.value.text.values["port"] == str(port)
    await another.stop()


async def test_only_the_scopes_of_the_manifest_are_asked_for(office: HttpOffice) -> None:
    async with httpx.AsyncClient() as browser:
        consent, _ = await office.begin_installing(browser)
        assert (await browser.get(consent)).status_code == 200
    asked = parse_qs(urlsplit(consent).query)
    assert set(asked["scope"][0].split(",")) == set(office.slack.world.manifest.scopes)
    assert asked.get("user_scope", [""]) == [""]


async def installations_kept(office: HttpOffice) -> int:
    """How many installations are stored."""
    async with office.app.database.reading() as s:
        return int(await s.scalar(sa.select(sa.func.count()).select_from(InstallationRow)) or 0)


async def test_a_token_that_ends_and_cannot_be_exchanged_is_not_installed_and_why_is_said(
    office: HttpOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = office.slack.world
    world.manifest = dataclasses.replace(world.manifest, token_rotation=True)
    whole = oauth._next_token

    def half(call: Call) -> tuple[str, Json]:
        token, rotating = whole(call)
        return token, {"expires_in": rotating["expires_in"]}

    monkeypatch.setattr(oauth, "_next_token", half)
    page = await office.install()
    assert page.status_code == 409
    assert "Tokenrotation" in page.text
    assert await installations_kept(office) == 0


async def test_too_many_events_are_acknowledged_and_logged(
    office: HttpOffice, capfd: pytest.CaptureFixture[str]
) -> None:
    office.slack.world.events.rate_limited()
    await office.slack.world.changes.until(lambda: [d.outcome for d in office.slack.deliveries] == ["acked"])
    assert "app_rate_limited" in capfd.readouterr().out


async def test_a_start_warns_of_no_token(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for kind in (HttpOffice, Office):
        (tmp_path / kind.__name__).mkdir()
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("SLACK_BOT_TOKEN", "xoxb-in-the-environment")
            async with open_office(tmp_path / kind.__name__, kind):
                pass
    assert "token" not in " ".join(record.getMessage() for record in caplog.records if record.levelname == "WARNING")


async def test_a_token_that_was_kept_and_is_over_asks_for_a_new_installation(office: HttpOffice) -> None:
    database, before = office.app.database, datetime(2026, 1, 1, tzinfo=UTC)
    data = {
        "bot_token": "xoxe.xoxb-1",
        "bot_id": "B1",
        "bot_user_id": "U1",
        "installed_at": before.timestamp(),
        "team_id": office.team_id,
        "bot_refresh_token": "xoxe-1",
        "bot_token_expires_at": int(before.timestamp()) + 43_200,
    }
    async with database.session() as s:
        kept = Bundle(
            team_id=office.team_id,
            enterprise_id=None,
            kind=BundleKind.BOT,
            user_id="U9",
            data=data,
            installed_at=before,
        )
        await installations.save(s, database.vault, kept)
    henrik = office.person("henrik")
    await henrik.type("/integration")
    await office.told(henrik, "install it again")
