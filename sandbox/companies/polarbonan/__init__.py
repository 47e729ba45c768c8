"""Polarbönan: a hand-made company of forty people in Norway and Sweden.

The first ten people at the Norwegian offices have nothing wrong with them and make good test employees;
most of the others carry one fault each, named in `note`.
"""

from __future__ import annotations

import pickle
import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from sandbox.companies.model import Company
from sandbox.standin import utc_now

_TODAY = "today"


def company(today: date | None = None) -> Company:
    """The company as HR has it. Dates near the present are counted from `today`."""
    facts = read("company.toml", today)
    people = read("people_norway.toml", today)["people"] + read("people_sweden.toml", today)["people"]
    return Company(**facts, people=people, leave=read("leave.toml", today)["leave"])


def tripletex_side(today: date | None = None) -> dict[str, Any]:
    """What Tripletex holds of the company before the first sync; see the file for its shape."""
    return read("tripletex.toml", today)


def read(name: str, today: date | None) -> dict[str, Any]:
    facts: dict[str, Any] = pickle.loads(_frozen(name, today or utc_now().date()))  # noqa: S301 - from just below
    return facts


@cache
def _frozen(name: str, today: date) -> bytes:
    """Whoever reads the facts may change them, so each gets their own: thawing takes a tenth of making them anew."""
    return pickle.dumps(_dated(_parsed(name), today))


@cache
def _parsed(name: str) -> dict[str, Any]:
    """Shared: `_dated` makes another one of it."""
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _dated(value: Any, today: date) -> Any:
    if isinstance(value, dict):
        return {key: _dated(item, today) for key, item in value.items()}
    if isinstance(value, list):
        return [_dated(item, today) for item in value]
    if isinstance(value, str) and value.startswith(_TODAY) and value[len(_TODAY) :].lstrip("+-").isdecimal():
        return (today + timedelta(days=int(value[len(_TODAY) :]))).isoformat()
    return value
