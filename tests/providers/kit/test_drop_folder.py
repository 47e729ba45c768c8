"""A folder into which files are put: whole or not at all, and under a name that nobody has."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.providers.kit.drop_folder import put


def test_what_an_earlier_try_left_is_swept_away_and_nobody_elses(tmp_path: Path) -> None:
    (tmp_path / ".a-1.xml.part").write_text("private")
    (tmp_path / ".b-1.xml.part").write_text("somebody's")
    (tmp_path / "a-2.xml").write_text("there")
    assert asyncio.run(put(tmp_path, iter(["a-2.xml", "a-3.xml"]), b"new", prefix="a-")) == "a-3.xml"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b-1.xml.part", "a-2.xml", "a-3.xml"]
    assert (tmp_path / "a-2.xml").read_text() == "there"
