"""view_submission: what the app's response_action does to the person's stack of modals."""

from sandbox.slack import payloads
from sandbox.slack.blockkit import Problem
from sandbox.slack.errors import SlackError
from sandbox.slack.journal import Delivery
from sandbox.slack.jsontype import Json
from sandbox.slack.views import View
from sandbox.slack.workspace import User
from sandbox.slack.world import World

TROUBLE = "We had some trouble connecting. Try again?"


class Submissions:
    """Delivers a submission and applies the acknowledgement."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def submit(self, user: User, view: View) -> Json:
        """`{"ok": true}`, `{"ok": false, "errors": {block_id: text}}`, or `{"ok": false, "trouble": text}`.

        An acknowledgement that Slack would not accept is trouble for the person, and its reasons are in
        the delivery's `problems`.
        """
        world = self._world
        if not world.manifest.interactivity:
            return {"ok": False, "trouble": TROUBLE}
        payload = payloads.interaction(world, "view_submission", user)
        payload["trigger_id"] = world.triggers.issue(user.id, view.channel)
        payload["view"] = view.payload(world.workspace)
        payload["response_urls"] = payloads.response_urls(world, user, view)
        delivery = await world.way.deliver("interactive", payload, accepts_response=True)
        if not delivery.acked:
            return {"ok": False, "trouble": TROUBLE}
        try:
            return self._apply(user, view, delivery)
        except SlackError as refused:
            delivery.problems = [_as_problem(line) for line in _lines(refused)]
            return {"ok": False, "trouble": TROUBLE}
        finally:
            world.changes.happened({user.id})

    def _apply(self, user: User, view: View, delivery: Delivery) -> Json:
        answer = delivery.ack or {}
        views = self._world.views
        match answer.get("response_action"):
            case None:
                views.pop(view)
            case "clear":
                views.clear(user.id)
            case "update":
                views.update(view, views.check(answer.get("view"), "modal", replacing=view))
            case "push":
                views.push(user.id, views.check(answer.get("view"), "modal"))
            case "errors":
                return {"ok": False, "errors": _checked_errors(view, answer.get("errors"))}
            case other:
                raise SlackError(f"unknown response_action {other!r}")
        return {"ok": True}


def _checked_errors(view: View, errors: object) -> dict[str, str]:
    """Slack shows errors only under input blocks of the submitted view; raises SlackError otherwise."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise SlackError("errors must name at least one input block")
    unknown = sorted(str(block_id) for block_id in errors if block_id not in inputs)
    if unknown:
        raise SlackError(f"errors for blocks that are not inputs of this view: {', '.join(unknown)}")
    empty = sorted(block_id for block_id, text in errors.items() if not isinstance(text, str) or not text)
    if empty:
        raise SlackError(f"errors without a text: {', '.join(empty)}")
    return {str(block_id): str(text) for block_id, text in errors.items()}


def _lines(refused: SlackError) -> list[str]:
    metadata = refused.extra.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return [str(message) for message in messages] if messages else [refused.code]


def _as_problem(line: str) -> Problem:
    return Problem(pointer="", code="response_action_refused", message=line.removeprefix("[ERROR] "))
