"""A stand-in for Kleer's API v1, with made-up companies in it."""

from sandbox.kleer.seed import (
    COMPANY,
    NO_PAYROLL_TOKEN,
    OTHER_COMPANY,
    OTHER_TOKEN,
    READ_ONLY_COMPANY,
    TOKEN,
    UNKNOWN_TOKEN,
    demo,
    fill,
)
from sandbox.kleer.server import Kleer

__all__ = [
    "COMPANY",
    "NO_PAYROLL_TOKEN",
    "OTHER_COMPANY",
    "OTHER_TOKEN",
    "READ_ONLY_COMPANY",
    "TOKEN",
    "UNKNOWN_TOKEN",
    "Kleer",
    "demo",
    "fill",
]
