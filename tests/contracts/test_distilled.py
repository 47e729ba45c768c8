"""The facts are those of the published descriptions; collected only where these are (`descriptions.py`)."""

from __future__ import annotations

import pytest

from tests.contracts.descriptions import FOLDER
from tests.contracts.distil import HERE, MADE, distilled


@pytest.mark.parametrize("name", MADE)
def test_the_facts_are_those_of_the_description(name: str) -> None:
    kept = (HERE / f"{name}.json").read_text(encoding="utf-8")
    assert distilled(name, FOLDER) == kept, "make them anew: python -m tests.contracts.distil FOLDER"
