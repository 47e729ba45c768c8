"""The page about the providers is what they declare, and says it legibly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.locales.loader import catalogue
from bot.provider_tools.commands import providers_cli
from bot.provider_tools.docs_page import NOT_OFFERED, providers_page
from bot.provider_tools.quality import NONE, standing_of
from bot.providers.registry import source, targets

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "providers.md"
DONE, EXEMPT = {"done": ["README.md#Facts"]}, {"exempt": "There is none in this system."}

runner = CliRunner()


def test_the_page_is_true() -> None:
    assert PAGE.read_text(encoding="utf-8") == providers_page(), "run `integration-bot providers docs`"


def test_every_row_of_a_table_has_the_cells_of_its_head() -> None:
    width = 0
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        width = width or cells
        assert cells == width, line


def test_no_text_is_missing_from_it() -> None:
    """A text that no catalogue has is shown by its key."""
    keys = [source().info.key, *targets()]
    bare = re.findall(rf"(?:^|[\s|])((?:{'|'.join(keys)}|field|syncs)\.\w[\w.]*)", PAGE.read_text(encoding="utf-8"))
    assert bare == []


def test_every_provider_and_every_link_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert len(links) == 1 + len(targets())
    assert [link for link in links if not (PAGE.parent / link).is_file()] == []


def test_what_is_not_offered_is_said_with_a_reason() -> None:
    offered = {catalogue("en")[f"{key}.name"] for key in targets()}
    assert [name for name, _, why in NOT_OFFERED if name in offered or not why] == []
    assert all(f"| {name} |" in PAGE.read_text(encoding="utf-8") for name, _, _ in NOT_OFFERED)


def test_a_page_out_of_date_is_told_and_written_anew(tmp_path: Path) -> None:
    page = tmp_path / "providers.md"
    page.write_text("old", encoding="utf-8")
    assert runner.invoke(providers_cli, ["docs", "--page", str(page), "--check"]).exit_code == 1
    assert page.read_text(encoding="utf-8") == "old"
    assert runner.invoke(providers_cli, ["docs", "--page", str(page)]).exit_code == 0
    assert page.read_text(encoding="utf-8") == providers_page()
    assert runner.invoke(providers_cli, ["docs", "--page", str(page), "--check"]).exit_code == 0


@pytest.mark.parametrize(
    ("silver", "gold", "level"),
    [(DONE, DONE, "gold"), (DONE, EXEMPT, "silver"), (EXEMPT, DONE, "bronze"), ({"missing": "yet"}, DONE, "bronze")],
)
def test_an_exemption_holds_the_level_back(silver: dict[str, object], gold: dict[str, object], level: str) -> None:
    rated = standing_of({"bronze": {"a": DONE}, "silver": {"b": silver}, "gold": {"c": gold}})
    assert rated.level == level
    assert set(rated.exempt.values()) <= {EXEMPT["exempt"]}


def test_nothing_stated_is_no_level() -> None:
    assert standing_of({}).level == NONE


def test_a_place_that_is_not_there_is_named(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "providers.md"
    done = runner.invoke(providers_cli, ["docs", "--page", str(page)])
    assert done.exit_code == 1
    assert str(page) in done.output.replace("\n", "")
    assert isinstance(done.exception, SystemExit)
