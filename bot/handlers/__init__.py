"""Every conversation, registered with `AuthorizedListeners`, which asks who may before anything happens."""

from __future__ import annotations

from slack_bolt.app.async_app import AsyncApp

from bot.handlers import command, more, setup
from bot.handlers.edit import channel, credentials, notifications, schedule, scope
from bot.handlers.events import channels, uninstall
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.services import Services
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview import home, lifecycle, status
from bot.handlers.runs import approve, conflicts, export_file, full_sync, plan_browser, start, workflow_step


def register(app: AsyncApp, services: Services) -> AuthorizedListeners:
    """Register all listeners on the app; returns what they are registered with, which knows them all."""
    listeners = AuthorizedListeners(app, services)
    runner = WizardRunner(listeners)
    setup.register(listeners, runner)
    scope.register(listeners, runner)
    schedule.register(listeners, runner)
    channel.register(listeners, runner)
    credentials.register(listeners, runner)
    lifecycle.register(listeners, runner)
    conflicts.register(listeners, runner)
    approve.register(listeners, runner)
    plan_browser.register(listeners, runner)
    more.register(listeners, runner)
    notifications.register(listeners, runner)
    start.register(listeners)
    full_sync.register(listeners, runner)
    export_file.register(listeners, runner)
    status.register(listeners)
    home.register(listeners)
    command.register(listeners, runner)
    uninstall.register(listeners)
    channels.register(listeners)
    workflow_step.register(listeners)
    return listeners
