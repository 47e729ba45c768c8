"""Every conversation, registered with `AuthorizedListeners`, which asks who may before anything happens."""

from __future__ import annotations

from dataclasses import replace

from slack_bolt.app.async_app import AsyncApp

from bot.handlers import command, setup
from bot.handlers.edit import (
    absence,
    access,
    channel,
    credentials,
    mappings,
    notifications,
    owner,
    schedule,
    scope,
    thresholds,
)
from bot.handlers.edit import safeguards as loosening
from bot.handlers.events import channels, uninstall
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.services import Services
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview import connection, history, history_export, home, lifecycle, person
from bot.handlers.runs import (
    apply_preview,
    approve,
    conflicts,
    decisions,
    export_file,
    full_sync,
    leave_decisions,
    leave_file,
    leave_out,
    mute,
    period_file,
    plan_browser,
    start,
    system_words,
    workflow_step,
)


def register(app: AsyncApp, services: Services) -> AuthorizedListeners:
    """Register all listeners on the app; returns what they are registered with, which knows them all."""
    listeners = AuthorizedListeners(app, replace(services, menu=command.MENU))
    runner = WizardRunner(listeners)
    # Bolt asks one listener after the other whether a request is for it: what comes most often is asked first.
    command.register(listeners, runner)
    home.register(listeners)
    setup.register(runner)
    scope.register(listeners, runner)
    schedule.register(listeners, runner)
    channel.register(listeners, runner)
    credentials.register(runner)
    notifications.register(runner)
    owner.register(runner)
    mappings.register(listeners, runner)
    absence.register(listeners, runner)
    thresholds.register(runner)
    access.register(runner)
    loosening.register(listeners)
    lifecycle.register(runner)
    person.register(listeners, runner)
    connection.register(runner)
    conflicts.register(listeners, runner)
    leave_out.register(listeners, runner)
    decisions.register(runner)
    mute.register(listeners, runner)
    approve.register(listeners, runner)
    plan_browser.register(listeners, runner)
    system_words.register(listeners)
    history.register(listeners)
    history_export.register(listeners)
    start.register(listeners)
    apply_preview.register(listeners)
    full_sync.register(runner)
    export_file.register(listeners, runner)
    leave_file.register(listeners)
    period_file.register(listeners)
    leave_decisions.register(listeners, runner)
    uninstall.register(listeners)
    channels.register(listeners)
    workflow_step.register(listeners)
    return listeners
