"""The benchmarks run, and report what they promise. What they measure is never judged here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.bare import Recorded, in_chains
from benchmarks.door import Door
from benchmarks.door import measure as measure_door
from benchmarks.neighbour import Neighbour
from benchmarks.neighbour import measure as measure_neighbour
from benchmarks.report import Findings
from benchmarks.scale import Rush, Scale, others_beside
from benchmarks.scale import measure as measure_scale
from benchmarks.speed import Speed
from benchmarks.speed import measure as measure_speed


def silent(_what: str) -> None:
    """Nobody watches."""


@pytest.mark.long
@pytest.mark.bench
async def test_speed_is_measured_against_its_baselines(tmp_path: Path) -> None:
    # As many in slow systems as in quick ones: one bot measures both.
    tiny = Speed(
        size=6, repeats=1, latency=0.001, slow_size=6, patience=60, parts=("throughput", "acknowledgements"),
    )  # fmt: skip
    findings = await measure_speed(tiny, silent)
    said = {(figure.part, figure.what): figure for figure in findings.figures}
    assert said["first sync, 6 people, no latency", "time, of that of bare httpx 4 at once"].value > 0
    first = findings.raw["first sync, 6 people, no latency"][0]
    assert first["bot"]["counts"] == {"created": 5, "unchanged": 1}
    assert first["one_by_one"]["requests"] == first["side_by_side"]["requests"]
    assert first["script"]["created"] == 5
    assert first["one_by_one"]["refused"] == first["side_by_side"]["refused"] == 0
    for answers in ("no latency", "answers after 1 ms"):
        unchanged = findings.raw[f"unchanged sync, 6 people, {answers}"][0]
        assert unchanged["bot"]["counts"] == {"unchanged": 6}
        assert (unchanged["script"]["created"], unchanged["script"]["updated"]) == (0, 0)
        assert unchanged["counts"]["tripletex"]["writes"] == 0
        scheduled = findings.raw[f"unchanged scheduled sync, 6 people, {answers}"][0]
        assert scheduled["bot"]["counts"] == {"unchanged": 6}
        assert 0 < scheduled["counts"]["tripletex"]["requests"] < unchanged["counts"]["tripletex"]["requests"]
    assert said["acknowledgements while 6 are planned", "never came"].value == 0
    findings.save(tmp_path / "speed.json")
    saved = json.loads((tmp_path / "speed.json").read_text())
    assert len(saved["figures"]) == len(findings.figures)


@pytest.mark.long
@pytest.mark.bench
async def test_absence_is_measured_against_bare_reading() -> None:
    tiny = Speed(size=6, repeats=1, sizes=(6,), patience=60, parts=("absence", "absence_memory"))
    findings = await measure_speed(tiny, silent)
    said = {(figure.part, figure.what): figure for figure in findings.figures}
    part = "absence, 6 people, 24 days"
    (found,) = findings.raw[part]
    assert found["unchanged"]["bot"]["counts"] == {}
    assert said[part, "unchanged: writes"].met
    assert (said[part, "changed: writes, of days that differ"].value, found["changed"]["days"]) == (1.0, 24)
    assert found["unchanged"]["one_by_one"]["refused"] == 0
    assert said["memory of absence, 6 people, 24 days", "peak until the plan is stored"].value > 0


@pytest.mark.postgres
@pytest.mark.long
@pytest.mark.bench
async def test_a_rush_is_measured_and_its_books_are_checked() -> None:
    """Two replicas, each a door and a worker: every slot once, all drained, and others beside one that has many."""
    tiny = Scale(size=8, crowd=0.5, people=2, replicas=(2,), latency=0.0, schedules=50, ticks=3, patience=300)
    findings = await measure_scale(tiny, silent)
    said = {(figure.part, figure.what): figure for figure in findings.figures}
    part = "2 replicas"
    assert said[part, "slots that ran twice or never"].met
    assert said[part, "people twice or missing in the target"].met
    assert said[part, "reports posted twice or never"].met
    assert said[part, "runs that did not end well"].met
    assert said[part, "runs of others while one workspace has a crowd, of theirs by right"].met
    assert findings.raw[part]["runs"] == {"runs": 8, "bad": 0, "slots_twice": 0}
    assert said["a tick when nothing is due", "50 schedules, median"].value > 0


@pytest.mark.parametrize(
    ("ended", "fair"),
    [
        ("CCCCoooo", 0.0),  # in the order in which they came, however many one has
        ("CCCoCooo", 0.8),
        ("CoCoCoCo", 3 / 1.75),
        ("CCCoCCCo", 1 / 1.75),
        ("ooooCCCC", 2.0),
        ("oooo", 1.0),
        ("CCCC", 1.0),
    ],
)
def test_others_have_a_quarter_of_the_places_beside_a_crowd(ended: str, fair: float) -> None:
    assert others_beside(list(ended), "C") == pytest.approx(fair)


@pytest.mark.postgres
@pytest.mark.long
@pytest.mark.bench
async def test_acknowledgements_at_the_door_are_measured_beside_a_bare_app() -> None:
    tiny = Door(rate=20, seconds=1, workspaces=3, integrations=1, people=2, planned=3, calm_rate=10)
    findings = await measure_door(tiny, silent)
    said = {(figure.part, figure.what): figure for figure in findings.figures}
    for rush, rate, people in (("door", 20, 2), ("planned", 10, 3)):
        raw, told = findings.raw[rush], f"the bot, {rate} a second, 1 previewed of {people} people"
        assert [raw[part]["count"] for part in ("bare", "idle", "busy")] == [rate] * 3
        assert said[f"the bot, {rate} a second, idle", "never came"].met
        assert raw["previews"] >= 1
        assert said[told, "p99, of a Bolt app's"].value > 0


@pytest.mark.bench
async def test_a_noisy_neighbour_is_measured() -> None:
    findings = await measure_neighbour(Neighbour(integrations=2, people=2, readers=3, repeats=1), silent)
    assert [figure.part for figure in findings.figures if figure.goal] == ["a preview", "a report", "an overview"]
    assert all(figure.value > 0 for figure in findings.figures)


def test_the_curve_of_a_rush_tells_its_rate_in_each_tenth() -> None:
    # Ten runs a second until half of them are done, then five.
    curve = [(second / 2, 5 * second) for second in range(1, 11)] + [
        (5 + second, 50 + 5 * second) for second in range(11)
    ]
    tenths = Rush(drained=15.0, curve=curve).tenths(100)
    assert tenths == pytest.approx([10] * 5 + [5] * 5)


def test_a_baseline_keeps_what_belongs_to_one_person_together() -> None:
    number = ("tripletex", "GET", "/employee", [("employeeNumber", "7"), ("from", "0")], None)
    name = ("tripletex", "GET", "/employee", [("firstName", "Ida"), ("lastName", "By"), ("from", "0")], None)
    create: Recorded = (
        "tripletex",
        "POST",
        "/employee",
        [],
        {"employeeNumber": "7", "firstName": "Ida", "lastName": "By"},
    )
    back: Recorded = ("tripletex", "GET", "/employee/90000017", [], None)
    page = ("simployer", "GET", "/employee", [("limit", "500")], None)
    others, chains = in_chains([page, number, name, create, back])
    assert others == [page]
    assert chains == [[number, name, create, back]]


def test_a_figure_knows_whether_its_goal_is_met() -> None:
    findings = Findings("made up", {})
    findings.add("a", "under", 1.2, goal=1.25)
    findings.add("a", "over", 0.8, goal=0.9, over=True)
    findings.add("a", "without a goal", 3)
    assert [figure.met for figure in findings.figures] == [True, False, None]
