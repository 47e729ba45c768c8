"""The bill of materials names everything that is installed, with its hashes."""

from __future__ import annotations

import pytest

from bot.diagnostics.sbom import bill_of_materials
from tests.support.slack_office import ROOT


def test_every_pin_of_the_lock_file_is_a_component_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    document = bill_of_materials(lock)
    assert document["bomFormat"] == "CycloneDX"
    assert len(document["components"]) == sum("==" in line for line in lock.splitlines())
    assert all(component["hashes"] for component in document["components"])
    assert "aiohttp" in {component["name"] for component in document["components"]}


def test_a_line_that_is_no_pin_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="not a line"):
        bill_of_materials("aiohttp>=3\n")
