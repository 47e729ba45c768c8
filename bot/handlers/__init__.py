"""Every conversation, registered over one door: `Guarded`, which asks who may before anything happens."""

from __future__ import annotations

from slack_bolt.app.async_app import AsyncApp

from bot.handlers import (
    approval,
    channel,
    channel_events,
    command,
    conflicts,
    credentials,
    home,
    installation,
    lifecycle,
    more,
    plan,
    reports,
    schedule,
    scope,
    setup,
    status,
    sync,
    whole,
    workflow,
)
from bot.handlers.flows import Flows
from bot.handlers.guarded import Guarded
from bot.services import Services


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
    approval.register(guarded, flows)
    plan.register(guarded, flows)
    more.register(guarded, flows)
    reports.register(guarded, flows)
    sync.register(guarded)
    whole.register(guarded, flows)
    status.register(guarded)
    home.register(guarded)
    command.register(guarded, flows)
    installation.register(guarded)
    channel_events.register(guarded)
    workflow.register(guarded)
    return guarded
