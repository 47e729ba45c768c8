"""A stand-in for Tidsbanken's API v3, with made-up databases in it."""

from sandbox.tidsbanken.seed import DATABASE, OTHER_DATABASE, OTHER_KEY, TB_KEY, UNKNOWN_KEY, demo, fill
from sandbox.tidsbanken.server import SUBSCRIPTION_KEY, Tidsbanken

__all__ = [
    "DATABASE",
    "OTHER_DATABASE",
    "OTHER_KEY",
    "SUBSCRIPTION_KEY",
    "TB_KEY",
    "UNKNOWN_KEY",
    "Tidsbanken",
    "demo",
    "fill",
]
