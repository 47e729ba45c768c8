"""A stand-in for Fortnox' API v3, its tokens and its page of consent, with made-up companies in it."""

from sandbox.fortnox.seed import COMPANY, NO_LICENCE, NO_RIGHTS, OTHER_COMPANY, demo, fill
from sandbox.fortnox.server import CLIENT_ID, CLIENT_SECRET, Fortnox

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "COMPANY",
    "NO_LICENCE",
    "NO_RIGHTS",
    "OTHER_COMPANY",
    "Fortnox",
    "demo",
    "fill",
]
