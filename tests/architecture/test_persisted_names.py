"""Nothing that is stored, sealed or known to Slack under a name changes that name: `persisted_names.txt` lists them.

A name that is new is added to that file by hand. One that is gone from the code makes what was stored under it
unreadable, and is only taken out together with a migration that no older database needs any more.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.persisted import NEVER_STORED, STORED, collected, enumerations, of_the_app
from tests.architecture.persisted_at_work import SECTIONS, at_work
from tests.support.slack_office import open_office

LIST = Path(__file__).with_name("persisted_names.txt")


def listed() -> dict[str, set[str]]:
    """The file's sections: a heading in brackets, then a name in each line."""
    sections: dict[str, set[str]] = {}
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            sections[line[1:-1]] = names = set()
        elif line and not line.startswith("#"):
            names.add(line)
    return sections


def compare(found: dict[str, set[str]]) -> str:
    """What differs from the file, for whoever has to decide; "" where nothing does."""
    before, said = listed(), []
    for section, names in found.items():
        known = before.get(section, set())
        if gone := known - names:
            said.append(
                f"[{section}] GONE OR RENAMED: DATA THAT IS STORED UNDER IT BECOMES UNREADABLE.\n"
                "Put the name back; a better one can stand beside it in the code, not in the data.\n"
                + "\n".join(f"- {name}" for name in sorted(gone))
            )
        if new := names - known:
            said.append(
                f"[{section}] new: it will be stored, and can never be renamed. If that is meant, list it.\n"
                + "\n".join(f"+ {name}" for name in sorted(new))
            )
    return "\n\n".join(said)


def test_names_that_are_stored_are_as_they_were() -> None:
    differs = compare(collected())
    assert not differs, differs


async def test_names_of_listeners_conversations_and_work_are_as_they_were(tmp_path: Path) -> None:
    found = await of_the_app(tmp_path)
    differs = compare(found)
    assert not differs, differs
    assert set(listed()) == {*collected(), *found, *SECTIONS}, "every section of the list is looked at, and no other"


@pytest.mark.long
async def test_what_is_written_down_at_work_has_the_names_it_had(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        differs = compare(await at_work(office))
    assert not differs, differs


def test_every_enumeration_is_known_to_be_stored_or_not() -> None:
    unknown = enumerations() - set(STORED.values()) - NEVER_STORED
    assert not unknown, f"say in tests/architecture/persisted.py whether these are stored: {unknown}"
