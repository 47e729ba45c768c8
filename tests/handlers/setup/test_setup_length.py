"""How long a set-up is for whoever has everything at hand: windows, clicks and words, as a person meets them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from tests.support.slack_office import SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office

MOST_WINDOWS, MOST_CLICKS, MOST_WORDS = 9, 18, 750


@dataclass
class Walk:
    """A person's way through the windows, with what each costs them."""

    office: Office
    who: Person
    windows: list[tuple[str, int, int]] = field(default_factory=list)
    clicks: int = 0

    async def at(self, step: str) -> None:
        """Wait for a step's window."""
        await self.office.until_step(self.who, step)
        self.read(step)

    def read(self, name: str, message: Message | None = None) -> None:
        """All that is in sight, in the window or in a message."""
        shown: Any = message.blocks if message else self.who.modal.content  # type: ignore[union-attr]
        self.windows.append((name, words(shown), self.clicks - sum(each[2] for each in self.windows)))

    async def press(self) -> None:
        """The button that goes on."""
        await self.who.submit()
        assert self.who.errors == {}
        self.clicks += 1

    async def paste(self, block_id: str, value: str) -> None:
        """Into a field: a click unless the window opens with the cursor in it."""
        block = next(block for block in self.who.modal.blocks if block["block_id"] == block_id)  # type: ignore[union-attr]
        await self.who.fill(block_id, value)
        self.clicks += 0 if block["element"].get("focus_on_load") else 1

    async def pick(self, block_id: str, value: str) -> None:
        """A menu is opened, and one of it taken."""
        await self.who.choose(block_id, value)
        self.clicks += 2

    def table(self) -> str:
        """As it is printed where a test fails, or with -s."""
        rows = [f"{name:<12} {count:>5} words {clicks:>3} clicks before" for name, count, clicks in self.windows]
        return "\n".join([*rows, f"{len(self.windows)} windows and messages, {self.clicks} clicks, {self.words} words"])

    @property
    def words(self) -> int:
        """All of them."""
        return sum(count for _, count, _ in self.windows)


def words(shown: Any) -> int:
    """The words in sight: of a menu the choice that stands, or what it says until one is made."""
    if isinstance(shown, list):
        return sum(words(each) for each in shown)
    if not isinstance(shown, dict):
        return 0
    kind = shown.get("type", "")
    if kind in ("plain_text", "mrkdwn"):
        said = re.sub(r"<!date[^|>]*\|([^>]*)>", r"\1", str(shown["text"]))
        return len(re.findall(r"\w[\w'’.@/-]*", re.sub(r"<[#@][^>]*>", "name", said)))
    if kind.endswith("_select"):
        chosen = shown.get("initial_option") or shown.get("initial_options") or shown.get("placeholder")
        return words(chosen)
    return sum(words(value) for key, value in shown.items() if key not in ("confirm", "initial_option"))


async def test_a_set_up_is_short(office: Office) -> None:
    users = office.slack.world.workspace.users
    users["U02HENRIK"] = replace(users["U02HENRIK"], locale="en-GB")
    walk = Walk(office, henrik := office.person("henrik"))
    await henrik.type("/integration setup")
    await office.until_step(henrik, "system")
    await walk.pick("system", "tripletex")
    await office.until_field(henrik, "system.tripletex")
    await walk.at("system")
    await walk.press()
    await walk.at("source")
    await walk.paste("credential.simployer.access_token", SIMPLOYER_TOKEN)
    await walk.press()
    await walk.at("target")
    await walk.paste("credential.tripletex.employee_token", TRIPLETEX_TOKEN)
    await walk.press()
    await walk.at("accounts")
    await walk.press()
    await walk.at("settings")
    await walk.pick("setting.division", "Polarbønna Oslo")
    await walk.press()
    await walk.at("scope")
    await office.pick(henrik, "1005", "1007")
    walk.clicks += 3  # into the field, and each of the two who are found
    await walk.press()
    await walk.at("summary")
    await henrik.choose("channel.channel", "payroll")  # where the command was typed, so that nobody has to
    await walk.press()
    await office.shows(henrik, "is set up")
    walk.read("done")
    await henrik.click("integration.preview")
    walk.clicks += 1
    await office.shows(henrik, "appears in")
    walk.read("started")
    windows = len(walk.windows)
    preview = await office.reads(lambda: henrik.messages("payroll"), henrik, "Preview: Tripletex", "Finished")
    walk.read("preview", preview)
    await henrik.click("Apply this preview", preview)
    walk.clicks += 2  # it asks once more
    report = await office.reads(lambda: henrik.messages("payroll"), henrik, "2 employees were transferred", "Finished")
    walk.read("report", report)
    print(f"\n{walk.table()}")  # noqa: T201 - with -s it is read
    assert windows <= MOST_WINDOWS, walk.table()
    assert walk.clicks <= MOST_CLICKS, walk.table()
    assert walk.words <= MOST_WORDS, walk.table()
