"""What a person does with blocks and modals, how the app hears of it, and what its answer changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.slack import payloads
from sandbox.slack.blockkit import validate_options
from sandbox.slack.client_checks import field_errors
from sandbox.slack.commands import refusal
from sandbox.slack.journal import Delivery
from sandbox.slack.jsontype import Json
from sandbox.slack.submissions import Submissions
from sandbox.slack.values import UnknownOption, entered, find_element, with_entries
from sandbox.slack.views import View
from sandbox.slack.workspace import Channel, Message, User
from sandbox.slack.world import World

Entries = Mapping[str, Mapping[str, Any]]
"""What the fields of a surface hold: block_id -> action_id -> value as the page writes it."""

MIN_QUERY_LENGTH = 3
NOT_FOUND: Json = refusal("not_found", "This is not here any more.")
NO_INTERACTIVITY: Json = refusal(
    "interactivity_disabled", "This app is not configured to handle interactive responses."
)
NO_ANSWER: Json = refusal("operation_timeout", "Something went wrong: the app did not answer in time.")


@dataclass(frozen=True)
class Surface:
    """A message or view that a person acts on."""

    blocks: list[Json]
    values: Json
    view: View | None = None
    channel: Channel | None = None
    message: Message | None = None


class Interactions:
    """One method per thing a person can do; each answers as the page's JSON API does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._submissions = Submissions(world)

    async def act(
        self, user: User, container: Json, block_id: str, action_id: str, value: Any, entries: Entries
    ) -> Json:
        """Click a button or change a field: block_actions, unless it is an input without dispatch_action."""
        surface = self._surface(user, container)
        found = find_element(surface.blocks, block_id, action_id) if surface else None
        if surface is None or found is None:
            return NOT_FOUND
        block, element = found
        try:
            state = entered(element, value)
            values = with_entries(surface.blocks, surface.values, _including(entries, block, element, value))
        except UnknownOption as unknown:
            return refusal("unknown_option", str(unknown))
        if surface.view is not None:
            surface.view.values = values
        if block["type"] == "input" and not block.get("dispatch_action"):
            return {"ok": True}
        if not self._world.manifest.interactivity:
            return NO_INTERACTIVITY
        payload = payloads.interaction(self._world, "block_actions", user)
        payload["trigger_id"] = self._world.triggers.issue(user.id, container.get("channel"))
        payload |= self._where(user, surface, values)
        payload["actions"] = [payloads.action(self._world, block, element, state)]
        delivery = await self._world.way.deliver("interactive", payload, accepts_response=False)
        return {"ok": True} if delivery.acked else NO_ANSWER

    async def options(self, user: User, container: Json, block_id: str, action_id: str, query: str) -> Json:
        """What an external select offers for a query: `options`, `option_groups`, or a refusal."""
        surface = self._surface(user, container)
        found = find_element(surface.blocks, block_id, action_id) if surface else None
        if surface is None or found is None:
            return NOT_FOUND
        if not self._world.manifest.interactivity:
            return NO_INTERACTIVITY
        if len(query) < found[1].get("min_query_length", MIN_QUERY_LENGTH):
            return {"options": []}
        payload = payloads.interaction(self._world, "block_suggestion", user)
        payload |= {"action_id": action_id, "block_id": block_id, "value": query}
        payload |= self._where(user, surface, surface.values)
        payload.pop("response_url", None)
        delivery = await self._world.way.deliver("interactive", payload, accepts_response=True)
        return _offered(delivery)

    async def submit(self, user: User, view_id: str, entries: Entries) -> Json:
        """Press a modal's submit button; see Submissions.submit."""
        view = self._world.views.top(user.id)
        if view is None or view.id != view_id:
            return {"ok": False, "trouble": "This step is not open any more."}
        try:
            view.values = with_entries(view.blocks, view.values, entries)
        except UnknownOption as unknown:
            return {"ok": False, "trouble": str(unknown)}
        errors = field_errors(view)
        if errors:
            return {"ok": False, "errors": errors}
        return await self._submissions.submit(user, view)

    async def close(self, user: User, view_id: str, *, clear_all: bool = False) -> Json:
        """Cancel or close; the app hears view_closed only where it asked with notify_on_close."""
        view = self._world.views.find(view_id=view_id)
        if view is None or view.user != user.id or view.content["type"] != "modal":
            return NOT_FOUND
        cleared = clear_all or bool(view.content.get("clear_on_close"))
        closed = self._world.views.clear(user.id) if cleared else [view]
        self._world.views.pop(view)
        self._world.changes.happened({user.id})
        for each in closed:
            if each.notify_on_close and self._world.manifest.interactivity:
                payload = payloads.interaction(self._world, "view_closed", user)
                payload |= {"view": each.payload(self._world.workspace), "is_cleared": cleared}
                await self._world.way.deliver("interactive", payload, accepts_response=False)
        return {"ok": True}

    def open_home(self, user: User) -> Json:
        """Open the app's Home tab."""
        if not self._world.manifest.home_tab:
            return refusal("not_enabled", "This app has no Home tab.")
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self._world.workspace.im_of(user.id).id,
            "tab": "home",
            "event_ts": self._world.timestamps.next(),
        }
        home = self._world.views.homes.get(user.id)
        if home is not None:
            event["view"] = home.payload(self._world.workspace)
        self._world.events.emit("app_home_opened", event)
        return {"ok": True}

    def _surface(self, user: User, container: Json) -> Surface | None:
        """The view or message that the container names, if this person has it before them."""
        if container.get("type") == "view":
            view = self._world.views.find(view_id=str(container.get("view_id")))
            if view is None or view.user != user.id:
                return None
            return Surface(view.blocks, view.values, view=view)
        channel = self._world.workspace.channels.get(str(container.get("channel")))
        if channel is None or not self._world.workspace.sees(user.id, channel):
            return None
        message = channel.find(str(container.get("ts")), reader=user.id)
        if message is None:
            return None
        return Surface(message.blocks, message.values, channel=channel, message=message)

    def _where(self, user: User, surface: Surface, values: Json) -> Json:
        if surface.view is not None:
            return payloads.on_view(self._world, surface.view)
        if surface.channel is None or surface.message is None:
            raise ValueError("a surface is a view, or a message in a channel")
        return payloads.on_message(self._world, user, surface.channel, surface.message, values)


def _including(entries: Entries, block: Json, element: Json, value: Any) -> Entries:
    """The entries with the acted-on element's own new value."""
    block_id = block["block_id"]
    return {**entries, block_id: {**entries.get(block_id, {}), element["action_id"]: value}}


def _offered(delivery: Delivery) -> Json:
    if not delivery.acked:
        return refusal("operation_timeout", "The app did not answer in time.")
    answer = delivery.ack or {}
    delivery.problems = validate_options(answer)
    if delivery.problems:
        return refusal("invalid_options", "The app's answer could not be shown.")
    if "option_groups" in answer:
        return {"option_groups": answer["option_groups"]}
    return {"options": answer.get("options", [])}
