"""Harmless reads that show whether a sync would be safe, before anything is planned."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from bot.providers.visma_net.client import VismaNetClient
from bot.providers.visma_net.registers import Registers
from bot.sync.change import Finding, Severity


async def preflight(client: VismaNetClient, registers: Registers) -> Sequence[Finding]:
    """Raises where employees, tax units or agreements cannot be read; returns findings where there are none."""
    findings = []
    async with aclosing(client.pages("/employees", [("includeDrafts", "true")])) as pages:
        if not await anext(pages, []):
            # True of a company that is new to payroll, and of a wrong one.
            findings.append(Finding("visma_net_nobody_seen", Severity.WARNING, "employment"))
    for key, name in (("tax_unit", "taxUnits"), ("work_time_agreement", "workTimeAgreements")):
        if not await registers.entries(name):
            findings.append(Finding(f"visma_net_no_{key}s", Severity.WARNING, key))
    return findings
