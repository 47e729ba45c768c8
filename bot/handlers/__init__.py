"""Every conversation, registered over one door: `Guarded`, which asks who may before anything happens."""

from __future__ import annotations

from slack_bolt.app.async_app import AsyncApp

from bot.handlers import command, more, setup
from bot.handlers.edit import channel, credentials, notifications, schedule, scope
from bot.handlers.events import channels, uninstall
from bot.handlers.framework.listeners import Guarded
from bot.handlers.framework.services import Services
from bot.handlers.framework.wizard_runner import Flows
from bot.handlers.overview import home, lifecycle, status
from bot.handlers.runs import approve, conflicts, full_sync, plan_browser, start, workflow_step


def register(app: AsyncApp, services: Services) -> Guarded:
    """Register all listeners on the app; returns the door, which knows them all."""
    guarded = Guarded(app, services)
    flows = Flows(guarded)
    setup.register(guarded, flows)
    scope.register(guarded, flows)
    schedule.register(guarded, flows)
    channel.register(guarded, flows)
    credentials.register(guarded, flows)
    lifecycle.register(guarded, flows)
    conflicts.register(guarded, flows)
    approve.register(guarded, flows)
    plan_browser.register(guarded, flows)
    more.register(guarded, flows)
    notifications.register(guarded, flows)
    start.register(guarded)
    full_sync.register(guarded, flows)
    status.register(guarded)
    home.register(guarded)
    command.register(guarded, flows)
    uninstall.register(guarded)
    channels.register(guarded)
    workflow_step.register(guarded)
    return guarded
