"""A stand-in for Xledger's GraphQL, with made-up entities in it."""

from sandbox.xledger.seed import (
    ACCOUNTING_TOKEN,
    COMPANY,
    EXPIRED_TOKEN,
    OTHER_COMPANY,
    OTHER_TOKEN,
    TOKEN,
    demo,
    fill,
)
from sandbox.xledger.server import Xledger

__all__ = [
    "ACCOUNTING_TOKEN",
    "COMPANY",
    "EXPIRED_TOKEN",
    "OTHER_COMPANY",
    "OTHER_TOKEN",
    "TOKEN",
    "Xledger",
    "demo",
    "fill",
]
