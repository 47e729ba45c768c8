"""An office where everything is there: Slack, Simployer and Tripletex as stand-ins, and the bot itself.

People act in it with the verbs of `sandbox.slack.user_actions.Person`; what they wait for is a change in Slack, never
time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr

from bot import accounts
from bot.app import App
from bot.core.clock import SetClock
from bot.jobs.engine.engine import Tuning
from bot.settings import Settings
from sandbox.companies import polarbonan
from sandbox.simployer import GOOD_TOKEN as GOOD_SIMPLOYER_TOKEN
from sandbox.simployer import Simployer
from sandbox.slack.journal import ApiCall
from sandbox.slack.server import SlackSandbox
from sandbox.slack.user_actions import Person, Target
from sandbox.slack.workspace import Message
from sandbox.tripletex import CONSUMER_TOKEN, Tripletex
from sandbox.tripletex import GOOD_TOKEN as GOOD_TRIPLETEX_TOKEN
from sandbox.tripletex import demo as tripletex_demo
from storage import audit, drafts, integrations, runs, workspaces
from storage.audit import AuditEntry
from storage.drafts import Draft
from storage.integrations import Integration, NewIntegration
from tests.support.migrated import FILE, KEY, copy_into
from tests.support.shown import synced_as_is

T = TypeVar("T")
ROOT = Path(__file__).parent.parent.parent
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SIMPLOYER_TOKEN, TRIPLETEX_TOKEN = GOOD_SIMPLOYER_TOKEN, GOOD_TRIPLETEX_TOKEN
COMPANY = "Polarbønna Norge AS"


class Office:
    """See the module."""

    def __init__(self, folder: Path, slack: SlackSandbox, simployer: Simployer, tripletex: Tripletex) -> None:
        self.folder, self.slack, self.simployer, self.tripletex = folder, slack, simployer, tripletex
        self.clock = SetClock(MONDAY)
        self.key = KEY
        copy_into(folder)
        self.app = self._new_app()

    def person(self, name: str) -> Person:
        """Somebody at their own screen."""
        return Person(self.slack, name)

    async def restart(self) -> None:
        """Stop the bot, and start another on the same database."""
        await self.app.stop()
        self.app = self._new_app()
        await self.start()

    async def start(self) -> None:
        """Start the bot, and wait until it listens."""
        await self.app.start()
        await self.slack.world.changes.until(lambda: self.slack.world.way.connected)

    async def shows(self, who: Person, *words: str) -> str:
        """Wait until the person's modal says all of this; returns all that it says."""

        def seen() -> str:
            text = who.reads() if who.modal else ""
            return text if all(word in text for word in words) else ""

        try:
            return await self.slack.world.changes.until(seen)
        except TimeoutError:
            raise AssertionError(f"wanted {words}, but the modal says:\n{who.reads() if who.modal else None}") from None

    async def reads(self, messages: Callable[[], Sequence[Message]], who: Person, *words: str) -> Message:
        """Wait until one of the messages says all of this; returns it."""

        def found() -> Message | None:
            return next((m for m in reversed(messages()) if all(word in who.reads(m) for word in words)), None)

        try:
            message = await self.slack.world.changes.until(found)
        except TimeoutError:
            said = "\n---\n".join(who.reads(message) for message in messages())
            raise AssertionError(f"wanted {words}, but there is:\n{said}") from None
        assert message is not None
        return message

    async def told(self, who: Person, *words: str, channel: str = "payroll") -> Message:
        """Wait until the person alone is told this in the channel."""
        return await self.reads(lambda: who.ephemeral(channel), who, *words)

    async def begin(self, who: Person, system: str = "tripletex") -> None:
        """Open the set-up and go to the first step that asks for something secret."""
        await who.type("/integration setup")
        await self.until_step(who, "system")
        await who.choose("system", system)
        await self.until_field(who, f"system.{system}")
        await who.submit()

    async def to_credentials(self, who: Person, system: str, field: str) -> None:
        """As far as a field of the payroll system's own credentials, with Simployer's token pasted."""
        await self.begin(who, system)
        if "credential.simployer.access_token" in blocks_of(who):
            await who.fill("credential.simployer.access_token", SIMPLOYER_TOKEN)
            await who.submit()
        await self.until_field(who, field)

    async def to_accounts(self, who: Person, token: str = TRIPLETEX_TOKEN) -> None:
        """As far as the two companies, with both tokens pasted."""
        await self.to_credentials(who, "tripletex", "credential.tripletex.employee_token")
        await self.paste_tripletex(who, token)
        await self.until_step(who, "accounts")

    async def paste_tripletex(self, who: Person, token: str) -> None:
        """Fill in Tripletex's credentials and check them."""
        await who.fill("credential.tripletex.employee_token", token)
        await who.submit()

    async def to_scope(self, who: Person) -> None:
        """As far as the choice of people."""
        await self.to_accounts(who)
        await self.from_accounts_to_scope(who)

    async def from_accounts_to_scope(self, who: Person) -> None:
        """On from the two companies."""
        await who.submit()
        await self._until(lambda: _step_of(who) in ("settings", "scope"), who, "settings or scope")
        if _step_of(who) == "settings":  # not where there is one unit alone
            first = next(block for block in who.modal.blocks if block.get("block_id") == "setting.division")  # type: ignore[union-attr]
            await who.choose("setting.division", first["element"]["options"][0]["value"])
            await who.submit()
        await self.until_step(who, "scope")

    async def pick(self, who: Person, *names: str) -> None:
        """Search for people and choose them."""
        offered = []
        for name in names:
            offered += await who.search("scope.people", name)
        chosen = [option["text"]["text"] for option in offered]
        who._offered[("scope.people", "scope.people")] = offered
        await who.choose("scope.people", *chosen)

    async def to_summary(self, who: Person, *people: str, channel: str = "payroll") -> None:
        """As far as the summary, by hand, with a test group."""
        await self.to_accounts(who)
        await self.from_accounts_to_summary(who, *people, channel=channel)

    async def from_accounts_to_summary(self, who: Person, *people: str, channel: str = "payroll") -> None:
        """On from the two companies."""
        await self.from_accounts_to_scope(who)
        await self.from_scope_to_summary(who, *(people or ("Solbakken", "Fjeldvik")), channel=channel)

    async def from_scope_to_summary(self, who: Person, *people: str, channel: str = "payroll") -> None:
        """On from the choice of people, whatever the system."""
        await self.pick(who, *people)
        await who.submit()
        await self.past_readiness(who)
        await who.choose("channel.channel", channel)

    async def past_readiness(self, who: Person) -> None:
        """On from the check of the chosen people to the summary; where somebody is not ready, that is said before."""
        await self._until(lambda: _step_of(who) in ("readiness", "summary"), who, "readiness or summary")
        if _step_of(who) == "readiness":
            await who.submit()
        await self.until_step(who, "summary")

    async def set_up(self, who: Person, *people: str) -> Integration:
        """A whole set-up."""
        await self.to_summary(who, *people)
        return await self.save(who, COMPANY)

    async def save(self, who: Person, company: str) -> Integration:
        """On from the summary, until the channel is told of the company; gives the first integration."""
        await who.submit()
        await self.reads(lambda: who.messages("payroll"), who, company)
        return (await self.integrations())[0]

    async def make(self, **more: Any) -> Integration:
        """An integration without walking through the set-up; of everyone's test group unless said otherwise.

        Unless said otherwise (`synced`) it has synced as it is, and so syncs under the guard alone.
        """
        synced = more.pop("synced", True)
        async with self.app.services.connections.try_source({"access_token": SIMPLOYER_TOKEN}) as source:
            account = await source.identify()
            people = [person.source_id for person in await source.search("Solbakken")]
        books = next(books for books in self.tripletex.companies.values() if books.name == COMPANY)
        values: dict[str, Any] = {
            "team_id": self.team_id,
            "provider": "tripletex",
            "target_account_id": str(books.id),
            "target_account_name": books.name,
            "name": "Norge",
            "owner_user_id": "U02HENRIK",
            "channel_id": "C02PAYROLL",
            "language": "nb",
            "credentials": {"employee_token": TRIPLETEX_TOKEN, "environment": "test"},
            "environment": "test",
            "scope": {"kind": "people", "ids": people},
            "settings": {"division": str(next(iter(books.rows["Division"]))), "occupation_code": "5223102"},
        }
        vault = self.app.database.vault
        async with self.app.database.session() as s:
            await workspaces.ensure(s, self.team_id, "Nordlind")
            token = {"access_token": SIMPLOYER_TOKEN}
            await workspaces.set_source(s, vault, self.team_id, token, account.id, account.name)
            if (team_id := more.get("team_id")) is not None and await workspaces.get(s, team_id) is None:
                await workspaces.ensure(s, team_id)
            made = await integrations.create(s, vault, NewIntegration(**(values | more)))
            return await synced_as_is(s, made) if synced else made

    async def assign(self, provider: str, account: str, team_id: str = "") -> None:
        """What the operator's command does: an account that no secret proves is the workspace's."""
        await accounts.assign(self.app.database, provider, account, team_id or self.team_id)

    async def preview(self, who: Person, name: str = "") -> None:
        """Preview, and wait until that is over: Sync now applies what it has shown."""

        async def ended() -> list[str]:
            async with self.app.database.reading() as s:
                found = [run for one in known for run in await runs.latest(s, one.id, runs.RunKind.PREVIEW, 100)]
                active = await runs.active(s)
            return [] if active else [run.id for run in found if run.id not in before]

        known, before = await self.integrations(), set[str]()
        async with self.app.database.reading() as s:
            for one in known:
                before |= {run.id for run in await runs.latest(s, one.id, runs.RunKind.PREVIEW, 100)}
        await who.type(f"/integration sync preview {name}".strip())
        await self.until(ended)

    async def integration(self, integration_id: str) -> Integration:
        """An integration as it is now, removed or not."""
        async with self.app.database.reading() as s:
            found = await integrations.get(s, integration_id, removed=True)
        assert found is not None
        return found

    async def until_step(self, who: Person, step: str) -> None:
        """Wait for the form of a step."""

        def there() -> bool:
            return _step_of(who) == step

        await self._until(there, who, f"step {step}")

    async def until_field(self, who: Person, field: str) -> None:
        """Wait for a form with this field."""
        await self._until(lambda: field in blocks_of(who), who, f"field {field}")

    async def _until(self, predicate: Callable[[], bool], who: Person, wanted: str) -> None:
        try:
            await self.slack.world.changes.until(predicate)
        except TimeoutError:
            said = who.reads() if who.modal else "(no modal)"
            raise AssertionError(f"wanted {wanted}, but the modal says:\n{said}") from None

    async def until(self, predicate: Callable[[], Awaitable[T | None]]) -> T:
        """Ask the database again and again, but ever less often, until the answer is true; returns it."""
        look_every = 0.02
        async with asyncio.timeout(90):
            while not (found := await predicate()):
                await asyncio.sleep(look_every)
                look_every = min(look_every * 1.2, 0.2)
        return found

    def calls(self, method: str) -> list[ApiCall]:
        """What the bot asked of Slack, by method."""
        return [call for call in self.slack.world.journal.calls if call.method == method]

    def sent(self) -> str:
        """All that the bot sent to Slack."""
        return self.slack.world.journal.from_app()

    async def integrations(self) -> Sequence[Integration]:
        """The workspace's integrations."""
        async with self.app.database.reading() as s:
            return await integrations.list_for(s, self.team_id)

    async def audited(self) -> list[AuditEntry]:
        """What was recorded, oldest first."""
        async with self.app.database.reading() as s:
            return list(reversed(await audit.page(s, self.team_id)))

    async def draft(self, who: Person, kind: str = "setup") -> Draft | None:
        """The person's unfinished conversation."""
        async with self.app.database.reading() as s:
            return await drafts.current(s, self.app.database.vault, self.team_id, who.user.id, kind, now=self.clock())

    @property
    def team_id(self) -> str:
        """The workspace."""
        return self.slack.world.workspace.team_id

    def _way_to_slack(self) -> dict[str, Any]:
        """The settings that choose how Slack is reached; an office over HTTP has others."""
        return {
            "slack_bot_token": SecretStr(self.slack.bot_token),
            "slack_app_token": SecretStr(self.slack.app_token),
        }

    def _new_app(self) -> App:
        return App(
            Settings(
                _env_file=None,
                **self._way_to_slack(),
                slack_api_url=self.slack.api_url,
                database_url=f"sqlite:///{self.folder / FILE}",
                encryption_keys=SecretStr(self.key),
                # The stand-ins for servers that customers name are on this machine.
                allowed_networks="127.0.0.0/8",
                providers={
                    "simployer_url": SecretStr(self.simployer.url),
                    "simployer_person_url": SecretStr(self.simployer.operator_environment()["SIMPLOYER_PERSON_URL"]),
                    "tripletex_person_url": SecretStr(self.tripletex.operator_environment()["TRIPLETEX_PERSON_URL"]),
                    "tripletex_url": SecretStr(self.tripletex.url),
                    "tripletex_test_url": SecretStr(self.tripletex.url),
                    "tripletex_test_consumer_token": SecretStr(CONSUMER_TOKEN),
                },
            ),
            clock=self.clock,
            # As in production, but that nobody waits half a second for each piece of work.
            tuning=Tuning(polling_seconds=0.2),
        )


def _step_of(who: Person) -> str:
    """The step whose form is open; "" for none, and while a check runs."""
    view = who.modal
    return "" if view is None or view.external_id else str(view.content["callback_id"]).rpartition(":")[2]


def blocks_of(who: Person, target: Target | None = None) -> set[str]:
    """The block ids on a surface."""
    surface = target or who.modal
    return {str(block.get("block_id")) for block in surface.blocks} if surface else set()


def metadata_of(who: Person) -> str:
    """What the open modal carries in private_metadata."""
    assert who.modal is not None
    return str(who.modal.content.get("private_metadata") or "")


def dump(value: object) -> str:
    """Anything as text to search in."""
    return json.dumps(value, default=str, ensure_ascii=False)


@asynccontextmanager
async def open_office(folder: Path, make: type[Office] | None = None) -> AsyncIterator[Office]:
    """The office, opened and closed again; every view that the bot sent must have been a good one."""
    # Slack's three seconds are the sandbox's own tests' matter; here a busy machine must not decide.
    slack = await SlackSandbox.start(ROOT / "manifest.yml", trigger_lifetime=30, ack_timeout=15)
    async with Simployer(polarbonan.company()) as simployer, tripletex_demo() as tripletex:
        office = (make or Office)(folder, slack, simployer, tripletex)
        try:
            await office.start()
            yield office
        finally:
            await office.app.stop()
            await slack.stop()
    refused = [(d.kind, d.problems) for d in slack.world.journal.deliveries if d.problems]
    assert refused == [], refused
    bad = [
        (c.method, c.answer)
        for c in slack.world.journal.calls
        if c.error in ("invalid_blocks", "invalid_arguments") and not c.injected
    ]
    assert bad == [], bad
