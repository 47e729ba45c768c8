"""The page of the demo on which a person imports files of absence."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox import hogia_lon, visma_lon
from sandbox.leave_files import IMPORT
from sandbox.visma_lon import VismaLon
from tests.providers.leave_file_suite import request, row
from tests.providers.leave_files_world import AbsenceOnlyWorld
from tests.providers.visma_lon.test_leave_target import VismaLonWorld


@pytest.fixture
async def world() -> AsyncIterator[AbsenceOnlyWorld]:
    async with VismaLon() as system:
        yield VismaLonWorld(system)


async def test_a_file_from_slack_is_taken_in_once_and_a_wrong_one_is_told(world: AbsenceOnlyWorld) -> None:
    (file,) = (await world.by_hand().render(request(row("050")), {})).files
    async with httpx.AsyncClient(base_url=world.system.page.url) as person:
        assert "Nothing lies there." in (await person.get("/")).text
        taken = await person.post("/upload", files={"file": (file.name, file.content)})
        assert (taken.status_code, "Imported: " in taken.text) == (200, True)
        again = await person.post("/upload", files={"file": (file.name, file.content)})
        assert (again.status_code, "has been imported with this code" in again.text) == (422, True)
        odd = await person.post("/upload", files={"file": ("<b>.tlu", b"<b>")})
        assert "<b>.tlu" not in odd.text
        assert (await person.post("/upload", data={"file": "a"})).status_code == 422
    assert world.held() == {("2001", "2026-11-09", "050"): "8.00"}


async def test_a_file_on_the_server_is_taken_in_and_away_and_no_other_file_can_be_named(
    world: AbsenceOnlyWorld,
) -> None:
    await world.target().deliver(await world.target().render(request(row("050")), {}), {})
    (name,) = world.lying()
    assert f"/{IMPORT}/" in name
    async with httpx.AsyncClient(base_url=world.system.page.url) as person:
        assert name in (await person.get("/")).text
        for other in ("../../etc/passwd", f"{name}/../{name}"):
            assert (await person.post("/server", data={"file": other})).status_code == 422
        assert (await person.post("/server", data={"file": name})).status_code == 200
    assert world.lying() == []
    assert set(world.held()) == {("2001", "2026-11-09", "050")}


@pytest.mark.parametrize("system", [visma_lon.demo(), hogia_lon.demo()], ids=["visma_lon", "hogia_lon"])
def test_the_demo_has_everybody_and_says_which_codes_there_are(system: VismaLon) -> None:
    assert {"1001", "2001"} <= set(system.books.known)
    shown = {table["title"]: table["rows"] for table in system.tables()["tables"]}
    assert [[code] for code in system.registered()] == shown["Registered codes"]
    assert ", ".join(system.registered()) in {line.value for line in system.guide_lines()}
