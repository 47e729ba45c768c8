"""What a test says: a person types, clicks, chooses, fills, submits, and reads what they then see."""

from collections.abc import Sequence
from typing import Any

from sandbox.slack.jsontype import Json
from sandbox.slack.labels import BlockNotFound, find_action, find_field, text_of
from sandbox.slack.server import SlackSandbox
from sandbox.slack.steps import Execution
from sandbox.slack.values import options_of
from sandbox.slack.views import View
from sandbox.slack.workspace import Channel, Message, User

Target = View | Message


class Person:
    """One user of the workspace at their own screen.

    Fields are found by block_id, action_id or label; buttons by action_id or text; people and channels by
    id or name. What is filled in but not yet submitted is kept here, as a browser keeps it.
    """

    def __init__(self, slack: SlackSandbox, who: str) -> None:
        user = slack.world.workspace.find_user(who)
        if user is None:
            raise LookupError(f"nobody here is called {who!r}")
        self.slack = slack
        self.user: User = user
        self.errors: dict[str, str] = {}
        """What stands under the fields after the last submit: block_id -> text."""
        self._drafts: dict[str, Json] = {}
        self._offered: dict[tuple[str, str], list[Json]] = {}

    async def type(self, text: str, channel: str = "payroll", thread_ts: str | None = None) -> Json:
        """Send a message or slash command; the refusal, if any, is what Slackbot says."""
        return await self.slack.composer.send(self.user, self._channel(channel), text, thread_ts)

    async def click(self, what: str, in_: Target | None = None) -> Json:
        """Press a button, by action_id or text, in the open modal or the given message or view."""
        target = self._target(in_)
        block, element = find_action(_blocks(target), what)
        return await self._act(target, block, element, None)

    async def choose(self, field: str, *choices: str, in_: Target | None = None) -> Json:
        """Choose options (by text or value), people or channels; several in a multi-select."""
        target = self._target(in_)
        block, element = find_field(_blocks(target), field)
        picked = [self._choice(block, element, each) for each in choices]
        many = element["type"].startswith("multi_") or element["type"] == "checkboxes"
        return await self._enter(target, block, element, picked if many else picked[0])

    async def fill(self, field: str, value: str | None, in_: Target | None = None) -> Json:
        """Type into a text field, or set a date ("2026-01-31") or time ("06:00")."""
        target = self._target(in_)
        block, element = find_field(_blocks(target), field)
        return await self._enter(target, block, element, value)

    async def search(self, field: str, query: str, in_: Target | None = None) -> list[Json]:
        """Type into an external select; returns the options offered. Raises LookupError when refused."""
        target = self._target(in_)
        block, element = find_field(_blocks(target), field)
        answer = await self.slack.interactions.options(
            self.user, _container(target), block["block_id"], element["action_id"], query
        )
        if answer.get("ok") is False:
            raise LookupError(str(answer.get("message")))
        offered = options_of(answer)
        self._offered[block["block_id"], element["action_id"]] = offered
        return offered

    async def submit(self) -> Json:
        """Press the open modal's submit button; errors at fields are also in `errors`."""
        view = self._open_modal()
        draft = self._drafts.pop(view.id, {})
        answer = await self.slack.interactions.submit(self.user, view.id, draft)
        self.errors = dict(answer.get("errors") or {})
        if self.modal is view and not answer["ok"]:
            self._drafts[view.id] = draft
        return answer

    async def close(self, *, clear_all: bool = False) -> Json:
        view = self._open_modal()
        self._drafts.pop(view.id, None)
        return await self.slack.interactions.close(self.user, view.id, clear_all=clear_all)

    def run_workflow(self, callback_id: str, **inputs: Any) -> Execution:
        """Start a workflow of one step, which Slack tells the app that this person started."""
        context = {"id": self.user.id, "secret": "made-up"}
        return self.slack.world.steps.execute(callback_id, {"user_context": context, **inputs})

    def open_home(self) -> Json:
        return self.slack.interactions.open_home(self.user)

    @property
    def modal(self) -> View | None:
        """The view on top of this person's stack."""
        return self.slack.world.views.top(self.user.id)

    @property
    def stack(self) -> Sequence[View]:
        return self.slack.world.views.stack(self.user.id)

    @property
    def home(self) -> View | None:
        return self.slack.world.views.homes.get(self.user.id)

    def messages(self, channel: str = "payroll") -> list[Message]:
        """What this person sees in a channel, oldest first, thread replies not among them."""
        found = self._channel(channel)
        if not self.slack.world.workspace.sees(self.user.id, found):
            return []
        return [message for message in found.shown_to(self.user.id) if not message.is_reply]

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The replies below a message."""
        shown = self._channel(channel).shown_to(self.user.id)
        return [message for message in shown if message.is_reply and message.thread_ts == ts]

    def ephemeral(self, channel: str = "payroll") -> list[Message]:
        """The messages that only this person sees."""
        return [m for m in self._channel(channel).shown_to(self.user.id) if m.ephemeral_to]

    def direct_messages(self) -> list[Message]:
        """What the app wrote to this person alone, in its Messages tab."""
        return list(self.slack.world.workspace.im_of(self.user.id).messages)

    def reads(self, target: Target | None = None) -> str:
        """All the text in a message or view (the open modal if none is given)."""
        return text_of(self._target(target))

    async def _enter(self, target: Target, block: Json, element: Json, value: Any) -> Json:
        """Change a field: kept until submit, and sent at once where Slack would send it."""
        if isinstance(target, View):
            draft = self._drafts.setdefault(target.id, {})
            draft.setdefault(block["block_id"], {})[element["action_id"]] = value
        if block["type"] == "input" and not block.get("dispatch_action"):
            return {"ok": True}
        return await self._act(target, block, element, value)

    async def _act(self, target: Target, block: Json, element: Json, value: Any) -> Json:
        entries = self._drafts.get(target.id, {}) if isinstance(target, View) else {}
        return await self.slack.interactions.act(
            self.user, _container(target), block["block_id"], element["action_id"], value, entries
        )

    def _choice(self, block: Json, element: Json, wanted: str) -> Any:
        kind = element["type"]
        if "users_select" in kind:
            user = self.slack.world.workspace.find_user(wanted)
            return user.id if user else wanted
        if "conversations_select" in kind or "channels_select" in kind:
            return self._channel(wanted).id
        external = "external" in kind
        key = (block["block_id"], element["action_id"])
        offered = self._offered.get(key, []) if external else options_of(element)
        for option in offered:
            if wanted in (option["value"], option["text"]["text"]):
                return option if external else option["value"]
        raise LookupError(f"{wanted!r} is not offered by {element['action_id']}")

    def _channel(self, which: str) -> Channel:
        found = self.slack.world.workspace.find_channel(which)
        if found is None:
            raise LookupError(f"no channel {which!r}")
        return found

    def _target(self, given: Target | None) -> Target:
        return given if given is not None else self._open_modal()

    def _open_modal(self) -> View:
        if self.modal is None:
            raise BlockNotFound(f"{self.user.real_name} has no modal open")
        return self.modal


def _blocks(target: Target) -> list[Json]:
    return target.blocks


def _container(target: Target) -> Json:
    if isinstance(target, View):
        return {"type": "view", "view_id": target.id}
    return {"type": "message", "channel": target.channel, "ts": target.ts}
