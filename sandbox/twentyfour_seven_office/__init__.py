"""A stand-in for 24SevenOffice's Payroll API, with made-up companies in it."""

from sandbox.twentyfour_seven_office.seed import (
    COMPANY,
    OTHER_COMPANY,
    OTHER_TOKEN,
    SWEDISH_TOKEN,
    TOKEN,
    UNKNOWN_TOKEN,
    demo,
    fill,
)
from sandbox.twentyfour_seven_office.server import TwentyfourSevenOffice

__all__ = [
    "COMPANY",
    "OTHER_COMPANY",
    "OTHER_TOKEN",
    "SWEDISH_TOKEN",
    "TOKEN",
    "UNKNOWN_TOKEN",
    "TwentyfourSevenOffice",
    "demo",
    "fill",
]
