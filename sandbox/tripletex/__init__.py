"""A stand-in for the Tripletex API v2, with made-up companies in it."""

from sandbox.tripletex.seed import (
    ACCOUNTANT_TOKEN,
    GOOD_TOKEN,
    NEWER_TOKEN,
    OTHER_COMPANY_TOKEN,
    REVOKED_TOKEN,
    demo,
    fill,
)
from sandbox.tripletex.server import CONSUMER_TOKEN, PRODUCTION_CONSUMER_TOKEN, Tripletex

__all__ = [
    "ACCOUNTANT_TOKEN",
    "CONSUMER_TOKEN",
    "GOOD_TOKEN",
    "NEWER_TOKEN",
    "OTHER_COMPANY_TOKEN",
    "PRODUCTION_CONSUMER_TOKEN",
    "REVOKED_TOKEN",
    "Tripletex",
    "demo",
    "fill",
]
