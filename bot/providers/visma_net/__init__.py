"""Visma.net: a target for Norwegian payroll over its Employee API."""
