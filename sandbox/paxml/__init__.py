"""A stand-in for a payroll system that imports PAXml files, and a made-up customer."""

from sandbox.paxml.importer import Books, Refused, read
from sandbox.paxml.server import COMPANY_NAME, COMPANY_NUMBER, CUSTOMER, DEMO_KEY, GOOD, IMPORT, REVOKED, Paxml

__all__ = [
    "COMPANY_NAME",
    "COMPANY_NUMBER",
    "CUSTOMER",
    "DEMO_KEY",
    "GOOD",
    "IMPORT",
    "REVOKED",
    "Books",
    "Paxml",
    "Refused",
    "read",
]
