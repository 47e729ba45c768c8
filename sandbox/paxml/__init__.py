"""A stand-in for a payroll system that imports PAXml files, and a made-up customer."""

from sandbox.paxml.importer import Books, Refused, read
from sandbox.paxml.server import COMPANY_NAME, COMPANY_NUMBER, CUSTOMER, Paxml

__all__ = ["COMPANY_NAME", "COMPANY_NUMBER", "CUSTOMER", "Books", "Paxml", "Refused", "read"]
