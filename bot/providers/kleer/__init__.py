"""Kleer (formerly PE Accounting), Swedish payroll, over API v1."""
