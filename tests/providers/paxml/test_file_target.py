"""What stands in the files: only what changed, nothing that the schema or the importer's own rules would refuse."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace as changed
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.core.ownership import ownership_check
from bot.domain.change import ChangeKind
from bot.domain.employee import Employee, EmploymentType, IdentityNumber, PayPeriod, Unit
from bot.domain.outcome import Outcome, OutcomeKind
from bot.providers.errors import CredentialsRefused, NotPermitted, ProviderError, Rejected, Unavailable
from bot.providers.paxml.file_target import PaxmlFileTarget
from bot.providers.protocol import Connection, DeliveryItem
from bot.sync.plan.planner import Plan
from sandbox.paxml import COMPANY_NUMBER, CUSTOMER, Books, Paxml, Refused
from tests.contracts.document import document
from tests.providers.agda_ps.customer import HIRED, employment, pay, swede
from tests.providers.file_target_suite import Runs
from tests.providers.paxml.customer import inbox
from tests.providers.paxml.test_standard import PaxmlWorld
from tests.support.fake_target import MemorySource

NOBODY = 65534
"""The user whom Linux gives no rights; none needs to have the number."""


class Customer:
    """Runs, and the last file that was delivered."""

    def __init__(self, system: Paxml) -> None:
        self.system = system
        self.world = PaxmlWorld(system)
        self.world.settings = {}
        self.inbox = inbox(system, self.world.clock)
        self.runs = Runs(self.world, MemorySource([swede()]))
        self.file = b""

    async def sync(self, *people: Employee, **settings: str) -> list[Outcome]:
        self.world.settings = {**self.world.settings, **settings}
        self.runs.source.put(*people)
        outcomes = await self.runs.sync(self.inbox)
        for name in self.system.waiting():
            self.file = (self.system.folder / name).read_bytes()
        self.system.import_now()
        return outcomes

    async def plan(self, *people: Employee, **settings: str) -> Plan:
        self.world.settings = {**self.world.settings, **settings}
        self.runs.source.put(*people)
        return await self.runs.plan(self.inbox)

    def held(self, number: str = "701") -> dict[str, str]:
        return self.system.books.people[number]

    def said(self) -> dict[str, str | None]:
        """The elements of the only person in the last file."""
        (person,) = ET.fromstring(self.file).iter("person")
        return {**person.attrib, **{child.tag: child.text for child in person}}

    def refusals(self) -> list[str]:
        return [problem for entry in self.system.log for problem in entry.problems]


@pytest.fixture
async def customer() -> AsyncIterator[Customer]:
    async with Paxml() as system:
        customer = Customer(system)
        yield customer
        assert customer.refusals() == []


async def test_a_new_employee_arrives_whole(customer: Customer) -> None:
    (outcome,) = await customer.sync(unit_from="cost_center")
    assert (outcome.kind, outcome.person.target_id) == (OutcomeKind.CREATED, "701")
    assert customer.held() == {
        "anstid": "701",
        "persnr": "196102022388",
        "fornamn": "Åsab",
        "efternamn": "Öbergb",
        "postadress": "Storgatan 1",
        "postnr": "111 22",
        "ort": "Malmö",
        "land": "SE",
        "epostarb": "asa1@example.se",
        "befattning": "Barista",
        "anstform": "FAST",
        "bankclearing": "5999",
        "bankkonto": swede().bank.number,  # type: ignore[union-attr]
        "anstdatum": "2020-01-01",
        "lonform": "MÅN",
        "manlon": "35000.00",
        "manlon datum": "2020-01-01",
        "sysgrad": "100.00",
        "sysgrad datum": "2020-01-01",
        "resenhet 1": "400",
    }


async def test_the_head_says_whose_and_when(customer: Customer) -> None:
    await customer.sync()
    head = ET.fromstring(customer.file).find("header")
    assert head is not None
    assert {child.tag: child.text for child in head} == {
        "format": "REGISTER",
        "version": "2.0",
        "datum": "2026-03-02T14:30:23",  # the time of Stockholm
        "foretagorgnr": COMPANY_NUMBER,
        "foretagnamn": "Polarbönan Sverige AB",
        "programnamn": "integration-bot",
    }


async def test_a_change_has_both_keys_and_what_goes_together_and_nothing_else(customer: Customer) -> None:
    await customer.sync()
    keys = {"anstid": "701", "persnr": "196102022388"}
    await customer.sync(changed(swede(), first_name="Eva"))
    assert customer.said() == keys | {"fornamn": "Eva"}
    await customer.sync(changed(swede(), first_name="Eva", compensations=(pay(35000), pay(37000, date(2026, 2, 1)))))
    assert customer.said() == keys | {"lonform": "MÅN", "manlon": "37000.00"}
    assert customer.held()["manlon datum"] == "2026-02-01"


async def test_later_pay_is_sent_when_its_day_has_come(customer: Customer) -> None:
    later = date(2026, 4, 1)
    raised = changed(swede(), compensations=(pay(35000), pay(37000, later)))
    await customer.sync(raised)
    assert customer.held()["manlon"] == "35000.00"
    customer.runs.today = later
    await customer.sync()
    assert (customer.held()["manlon"], customer.held()["manlon datum"]) == ("37000.00", "2026-04-01")


async def test_hourly_pay(customer: Customer) -> None:
    await customer.sync(changed(swede(), compensations=(pay(185, period=PayPeriod.HOUR),)))
    held = customer.held()
    assert (held["lonform"], held["timlon"], "manlon" in held) == ("TIM", "185.00", False)


@pytest.mark.parametrize("period", [one for one in PayPeriod if one not in (PayPeriod.MONTH, PayPeriod.HOUR)])
async def test_other_pay_is_reported_and_the_person_not_delivered(customer: Customer, period: PayPeriod) -> None:
    (change,) = (await customer.plan(changed(swede(), compensations=(pay(35000, period=period),)))).changes
    assert change.kind is ChangeKind.BLOCKED
    assert "paxml_pay_excluded" in [finding.code for finding in change.findings]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("permanent_employment", "FAST"),
        ("Fixed-term", "VISSTID"),
        ("probationary_employment", "PROV"),
        ("Hourly", "VISSTID"),
        ("internship", "PRAKTIK"),
        ("consultant", None),
    ],
)
async def test_forms_go_as_simployers_own_export_has_them(customer: Customer, name: str, form: str | None) -> None:
    job = changed(employment(HIRED), type=EmploymentType(id="t", name=name))
    (change,) = (await customer.plan(changed(swede(), employments=(job,)))).changes
    sent = [field.new for field in change.fields if field.field == "employment_form"]
    assert sent == ([form] if form else [])
    assert (change.kind is ChangeKind.BLOCKED) is (form is None)


async def test_another_form_may_be_chosen(customer: Customer) -> None:
    job = changed(employment(HIRED), type=EmploymentType(id="t", name="summer help"))
    await customer.sync(changed(swede(), employments=(job,)), other_form="sasong")
    assert customer.held()["anstform"] == "SÄSONG"


@pytest.mark.parametrize(("choice", "told"), [("last_day", "2026-03-31"), ("day_after", "2026-04-01")])
async def test_somebody_leaves(customer: Customer, choice: str, told: str) -> None:
    await customer.sync()
    gone = changed(swede(), employments=(employment(HIRED, date(2026, 3, 31)),))
    await customer.sync(gone, leaving_date=choice)
    assert customer.held()["avgdatum"] == told


async def test_a_rehire_begins_anew_and_the_old_leaving_is_told(customer: Customer) -> None:
    left = changed(swede(), employments=(employment(HIRED, date(2026, 2, 27)),))
    await customer.sync(left)
    back = employment(date(2026, 9, 1))
    (outcome,) = await customer.sync(changed(left, employments=(*left.employments, back)))
    assert customer.held()["anstdatum"] == "2026-09-01"
    assert "paxml_cannot_clear" in [finding.code for finding in outcome.findings]


async def test_another_share_of_full_time_is_no_departure(customer: Customer) -> None:
    await customer.sync()
    half = (employment(HIRED, date(2026, 2, 28)), employment(date(2026, 3, 1), percentage=50))
    await customer.sync(changed(swede(), employments=half))
    held = customer.held()
    assert (held["anstdatum"], held["sysgrad"], held["sysgrad datum"]) == ("2020-01-01", "50.00", "2026-03-01")
    assert "avgdatum" not in held


async def test_a_coordination_number_goes_with_twelve_digits_and_its_successor_is_told(customer: Customer) -> None:
    number = IdentityNumber(value="701063-2391", country="SE")
    await customer.sync(changed(swede(), birth_date=date(1970, 10, 3), identity=number))
    assert customer.held()["persnr"] == "197010632391"
    customer.system.books.people["701"].pop("persnr")  # as the payroll office does by hand
    (change,) = (await customer.plan(swede())).changes
    (outcome,) = await customer.sync(swede())
    for said in (change, outcome):
        assert "paxml_identity_changed" in [finding.code for finding in said.findings]


async def test_a_code_too_long_for_a_unit_is_told(customer: Customer) -> None:
    unit = Unit(id="c", name="Bars", code="12345678901")
    (outcome,) = await customer.sync(changed(swede(), cost_center=unit), unit_from="cost_center")
    assert "paxml_unit_without_code" in [finding.code for finding in outcome.findings]
    assert "resenhet 1" not in customer.held()


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8"])
async def test_every_letter_arrives(customer: Customer, encoding: str) -> None:
    await customer.sync(changed(swede(), last_name="Łuczak Öberg & Ström <x>\x07"), encoding=encoding)
    assert customer.file.startswith(f"<?xml version='1.0' encoding='{encoding}'?>".encode())
    assert customer.held()["efternamn"] == "Łuczak Öberg & Ström <x>"


async def test_one_key_never_stands_for_two(customer: Customer) -> None:
    (change,) = (await customer.plan()).changes
    record = (await customer.inbox.desired(swede(), {}, customer.runs.today)).record
    with pytest.raises(Rejected):
        await customer.inbox.deliver([DeliveryItem(change=change, record=record)] * 2, {})
    assert customer.system.waiting() == []


async def test_files_are_named_by_company_and_time_and_closed_to_others(customer: Customer) -> None:
    await customer.runs.sync(customer.inbox)
    (name,) = customer.system.waiting()
    assert name == f"paxml-{COMPANY_NUMBER}-20260302-143024.xml"
    assert stat.S_IMODE((customer.system.folder / name).stat().st_mode) & 0o007 == 0


@pytest.mark.parametrize("name", ["..", "../..", "/etc", ".", "", "a/b", ".hidden", "nobody"])
async def test_no_customer_reaches_beyond_their_folder(customer: Customer, name: str) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        await inbox(customer.system, folder=name).identify()
    assert refused.value.field == "folder"


async def test_without_the_operators_folder_nothing_can_be_set_up(customer: Customer) -> None:
    entered = {"folder": CUSTOMER, "organisation_number": COMPANY_NUMBER}
    with pytest.raises(CredentialsRefused) as refused:
        await PaxmlFileTarget(Connection(credentials=entered)).identify()
    assert refused.value.text.key == "paxml.no_folders"


@pytest.mark.parametrize("number", ["", "556677-8898", "12"])
async def test_a_number_that_is_none_is_told_at_its_field(customer: Customer, number: str) -> None:
    with pytest.raises(CredentialsRefused) as refused:
        await inbox(customer.system, organisation_number=number).identify()
    assert refused.value.field == "organisation_number"


async def test_a_disk_that_is_gone_is_waited_for(customer: Customer) -> None:
    root = customer.system.root
    await customer.plan()
    root.rename(root.with_name(f"{root.name}-away"))
    try:
        with pytest.raises(Unavailable) as failed:
            await customer.runs.sync(customer.inbox)
        assert failed.value.sent is False
    finally:
        root.with_name(f"{root.name}-away").rename(root)
    assert len(await customer.sync()) == 1
    assert customer.held()["efternamn"] == swede().last_name


@contextmanager
def without_rights_of_root(*folders: Path) -> Iterator[None]:
    """As somebody else who owns these folders, since no folder is closed to root."""
    if os.geteuid() != 0:
        yield
        return
    for folder in folders:
        os.chown(folder, NOBODY, -1)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_closed_folder_is_told(customer: Customer) -> None:
    folder = customer.system.folder
    folder.chmod(0o500)
    with without_rights_of_root(customer.system.root, folder):
        await customer.inbox.identify()
        with pytest.raises(NotPermitted):
            await customer.runs.sync(customer.inbox)
    folder.chmod(0o700)
    assert list(folder.iterdir()) == []


async def test_nothing_private_is_told_in_an_error(customer: Customer) -> None:
    customer.world.lose(arrived=False)
    with pytest.raises(ProviderError) as failed:
        await customer.runs.sync(customer.inbox)
    error = failed.value
    told = f"{error!r}{error}{error.text}{error.advice}{error.verbatim}"
    assert [word for word in ("196102022388", "35000", "Öbergb") if word in told] == []


async def test_a_draft_that_was_taken_is_unknown_and_one_that_was_moved_is_there(customer: Customer) -> None:
    def lying() -> list[Path]:
        return [path for path in customer.system.folder.iterdir() if path.suffix == ".part"]

    async def taken() -> None:
        for draft in lying():
            draft.unlink()

    async def moved() -> None:
        # As over NFS, where a renaming that was done is asked for again when its answer was lost.
        for draft in lying():
            draft.rename(draft.with_name(draft.name.removeprefix(".").removesuffix(".part")))

    with ownership_check(taken):
        (outcome,) = await customer.runs.sync(customer.inbox)
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert outcome.reason is not None
    assert outcome.reason.key == "paxml.fate_unclear"
    with ownership_check(moved):
        (outcome,) = await customer.runs.sync(customer.inbox)
    assert outcome.kind is OutcomeKind.UPDATED
    assert len(customer.system.waiting()) == 1


async def test_a_folder_is_tried_at_set_up_and_nothing_stays(customer: Customer) -> None:
    assert await customer.inbox.preflight() == []
    assert customer.system.waiting() == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (' anstid="701" persnr="196102022388"', "", "neither anstid nor persnr"),
        ("196102022388", "19610202238X", "persnr is none"),
        ("196102022388", "196113022388", "persnr is none"),
        ("<version>2.0<", "<version>2.1<", "version is not valid"),
        ("<lonform>M", "<lonform>N", "lonform is not valid"),
        ("<fornamn>", "<fornamn/><fornamn>", "fornamn twice"),
        ("fornamn>", "nickname>", "nickname is unknown"),
    ],
)
async def test_the_importer_refuses_what_breaks_a_rule(
    customer: Customer, before: str, after: str, problem: str
) -> None:
    await customer.sync(encoding="utf-8")
    broken = customer.file.replace(before.encode(), after.encode())
    assert broken != customer.file
    with pytest.raises(Refused) as refused:
        Books().take(broken)
    assert problem in str(refused.value)


async def test_the_importer_compares_both_keys(customer: Customer) -> None:
    await customer.sync()
    books = customer.system.books
    with pytest.raises(Refused, match="do not belong together"):
        books.take(customer.file.replace(b"196102022388", b"197010632391"))
    with pytest.raises(Refused, match="somebody else's"):
        books.take(customer.file.replace(b'anstid="701"', b'anstid="702"'))


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8"])
async def test_every_file_is_valid_by_the_official_schema(customer: Customer, encoding: str) -> None:
    schema = document("paxml")
    hourly = changed(swede(3), compensations=(pay(185, period=PayPeriod.HOUR),))
    bare = changed(swede(4), bank=None, address=None, identity=None, compensations=(), title=None, work_email=None)
    await customer.sync(swede(2), hourly, bare, encoding=encoding, unit_from="cost_center")
    whole = customer.file
    await customer.sync(changed(swede(2), employments=(employment(HIRED, date(2026, 3, 31)),)))
    assert [schema.faults(file) for file in (whole, customer.file)] == [[], []]
    assert schema.faults(whole.replace(b"<version>2.0<", b"<version>2.1<")) == ["version may not be '2.1'"]
