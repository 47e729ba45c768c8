"""views.*: modals and the Home tab."""

from sandbox.slack.api.call import Call, method
from sandbox.slack.errors import SlackError, invalid_arguments
from sandbox.slack.jsontype import Json
from sandbox.slack.views import View


@method("views.open")
async def open_view(call: Call) -> Json:
    views, triggers = call.world.views, call.world.triggers
    content = views.check(call.arguments.get("view"), "modal")
    trigger = triggers.exchange(call.required("trigger_id"))
    return _shown(call, views.open(trigger.user, content, trigger.channel))


@method("views.push")
async def push(call: Call) -> Json:
    views, triggers = call.world.views, call.world.triggers
    content = views.check(call.arguments.get("view"), "modal")
    trigger_id = call.required("trigger_id")
    view = views.push(triggers.check(trigger_id).user, content)
    triggers.exchange(trigger_id)
    return _shown(call, view)


@method("views.update")
async def update(call: Call) -> Json:
    views = call.world.views
    view_id, external_id = call.text("view_id") or None, call.text("external_id") or None
    if view_id and external_id:
        raise invalid_arguments("Cannot provide both `view_id` and `external_id`")
    if not view_id and not external_id:
        raise invalid_arguments("missing required field: view_id")
    view = views.find(view_id, external_id)
    if view is None:
        raise SlackError("not_found")
    content = views.check(call.arguments.get("view"), str(view.content["type"]), replacing=view)
    views.check_hash(view, call.text("hash") or None)
    return _shown(call, views.update(view, content))


@method("views.publish")
async def publish(call: Call) -> Json:
    views = call.world.views
    if not call.world.manifest.home_tab:
        raise SlackError("not_enabled")
    user = call.user("user_id")
    home = views.homes.get(user.id)
    content = views.check(call.arguments.get("view"), "home", replacing=home)
    views.check_hash(home, call.text("hash") or None)
    return _shown(call, views.publish(user.id, content))


def _shown(call: Call, view: View) -> Json:
    call.world.changes.happened({view.user})
    return {"view": view.payload(call.world.workspace)}
