"""Harmless reads that show whether a sync would be safe, before anything is planned."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

from bot.domain.findings import Finding, Severity
from bot.providers.visma_net.client import VismaNetClient
from bot.providers.visma_net.errors import nobody_shown
from bot.providers.visma_net.reference_data import VismaNetReferenceData


async def preflight(client: VismaNetClient, registers: VismaNetReferenceData) -> Sequence[Finding]:
    """Raises where employees, tax units or agreements cannot be seen; returns findings where a list is empty."""
    async with aclosing(client.pages("/employees", [("includeDrafts", "true")])) as pages:
        if not await anext(pages, []) and not client.may_be_empty:
            raise nobody_shown()
    findings = []
    if not await registers.entries("taxUnits"):
        findings.append(Finding("visma_net_no_tax_units", Severity.WARNING, "tax_unit"))
    if not await registers.entries("workTimeAgreements"):
        findings.append(Finding("visma_net_no_work_time_agreements", Severity.WARNING, "work_time_agreement"))
    return findings
