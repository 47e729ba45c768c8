"""What an importer refuses, it refuses with the whole file: each rule of it is met in the plan."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Address, BankAccount, EmploymentType, PayPeriod, Unit
from bot.domain.outcome import Outcome
from bot.providers.paxml.document import Company, document
from bot.sync.apply.deliver import deliver_changes
from bot.sync.compare.fingerprints import SyncedPerson, after
from sandbox.paxml import Paxml
from tests.providers.agda_ps.customer import HIRED, employment, pay, swede
from tests.providers.file_target_suite import Runs
from tests.providers.paxml.customer import MOMENT, inbox
from tests.providers.paxml.test_standard import PaxmlWorld
from tests.support.employees import TODAY, fingerprint
from tests.support.fake_target import MemorySource
from tests.support.known_refusals import Refusal, found_in_the_plan

LONG = "a" * 201
HOME = Address(street="Storgatan 1", postal_code="111 22", city="Malmö", country="SE")
SEASONAL = EmploymentType(id="t9", name="seasonal")

REFUSALS = (
    Refusal("anstid: too long", {"number": "7" * 201}, fields=("number",), blocks=True),
    Refusal("anstid: no XML", {"number": "20\x0b01"}, fields=("number",), blocks=True),
    Refusal("fornamn: too long", {"first_name": LONG}, fields=("first_name",), blocks=True),
    Refusal("efternamn: too long", {"last_name": LONG}, fields=("last_name",), blocks=True),
    Refusal("postadress: too long", {"address": replace(HOME, street=LONG)}, fields=("street",)),
    Refusal("postnr: too long", {"address": replace(HOME, postal_code=LONG)}, fields=("postal_code",)),
    Refusal("ort: too long", {"address": replace(HOME, city=LONG)}, fields=("city",)),
    Refusal("land: none", {"address": replace(HOME, country="Narnia")}, fields=("country",)),
    Refusal("befattning: too long", {"title": LONG}, fields=("title",)),
    Refusal("arbetstelefon: words", {"work_phone": "the reception"}, fields=("work_phone", "phone")),
    Refusal("arbetstelefon: short", {"work_phone": "12"}, fields=("work_phone", "phone")),
    Refusal("epostarb: two", {"work_email": "a@b.se; c@d.se"}, fields=("email", "work_email")),
    Refusal("epostarb: none", {"work_email": "asa"}, fields=("email", "work_email")),
    Refusal("anstform", {"employments": (replace(employment(HIRED), type=SEASONAL),)}, {}, ("employment_form",), True),
    Refusal("bankclearing", {"bank": BankAccount(clearing="83", number="1234567")}, fields=("bank_account",)),
    Refusal("bankkonto", {"bank": BankAccount(clearing="8327", number="1" * 13)}, fields=("bank_account",)),
    Refusal(
        "bankkonto: digits of another script",
        {"bank": BankAccount(clearing="8327", number="１２３４５６７", country="SE")},
        fields=("bank_account",),
    ),
    Refusal("manlon: none", {"compensations": (pay(0),)}, fields=("compensation",), blocks=True),
    Refusal("manlon: too long", {"compensations": (pay(10**9),)}, fields=("compensation",), blocks=True),
    Refusal(
        "lonform", {"compensations": (pay(500_000, period=PayPeriod.YEAR),)}, fields=("compensation",), blocks=True
    ),
    Refusal("sysgrad", {"employments": (employment(HIRED, percentage=1000),)}, {}, ("percentage",), True),
    Refusal(
        "resenhet: too long",
        {"cost_center": Unit(id="c", name="Bars", code="1" * 11)},
        {"unit_from": "cost_center"},
        ("department",),
    ),
)


@pytest.fixture
async def system() -> AsyncIterator[Paxml]:
    async with Paxml() as opened:
        yield opened


class Payroll:
    """Åsa alone in the source, and an integration."""

    def __init__(self, system: Paxml, settings: dict[str, str]) -> None:
        world = PaxmlWorld(system)
        world.settings = settings
        self.system = system
        self.inbox = inbox(system, world.clock)
        self.runs = Runs(world, MemorySource([swede(1)]))

    async def plan(self, **different: object) -> Change:
        self.runs.source.put(replace(swede(1), **different))  # type: ignore[arg-type]
        (change,) = (await self.runs.plan(self.inbox)).changes
        return change

    async def carry_out(self, change: Change) -> Outcome:
        settings = self.runs.world.settings

        async def note(doubted: Mapping[str, SyncedPerson]) -> None:
            self.runs.memory |= doubted

        (outcome,) = await deliver_changes(
            [change], self.runs.source, self.inbox, settings, TODAY, fingerprint=fingerprint, note=note
        )
        return outcome

    def refused(self) -> list[str]:
        self.system.import_now()
        return [problem for entry in self.system.log for problem in entry.problems]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.rule)
async def test_what_an_importer_refuses_is_found_in_the_plan(system: Paxml, refusal: Refusal) -> None:
    payroll = Payroll(system, dict(refusal.settings))
    change = await payroll.plan(**refusal.different)
    await found_in_the_plan(refusal, change, payroll.carry_out)
    assert payroll.refused() == []


@pytest.mark.parametrize(
    ("different", "code"),
    [
        ({"employments": (replace(employment(HIRED), percentage=None),)}, "employment.percentage_missing"),
        ({"employments": (replace(employment(HIRED), percentage=Decimal("33.333")),)}, "value.rounded"),
        ({"compensations": (replace(pay(1), amount=Decimal("35000.005")),)}, "value.rounded"),
        ({"bank": BankAccount(iban="NO9386011117947")}, "paxml_bank_account_unusable"),
        (
            {"employments": (employment(HIRED, TODAY - timedelta(days=1)), employment(TODAY - timedelta(days=1)))},
            "employment.overlap",
        ),
        ({"compensations": (pay(3_000), pay(36_000, TODAY))}, "compensation.jump"),
    ],
)
async def test_what_is_dropped_changed_or_doubted_is_told(
    system: Paxml, different: dict[str, object], code: str
) -> None:
    change = await Payroll(system, {}).plan(**different)
    assert change.kind is ChangeKind.CREATE
    assert code in {found.code for found in change.findings}


@pytest.mark.parametrize(("written", "sent"), [("Sverige", "SE"), ("UK", "GB"), ("Deutschland", "DE")])
async def test_a_country_is_written_as_its_code(system: Paxml, written: str, sent: str) -> None:
    change = await Payroll(system, {}).plan(address=replace(HOME, country=written))
    assert [field.new for field in change.fields if field.field == "country"] == [sent]


@pytest.mark.parametrize(("written", "sent"), [("040-12 34 56", "040-12 34 56"), ("040.12.34.56", "+4640123456")])
async def test_a_phone_is_written_as_a_number(system: Paxml, written: str, sent: str) -> None:
    change = await Payroll(system, {}).plan(work_phone=written)
    assert [field.new for field in change.fields if field.field == "work_phone"] == [sent]


def test_the_header_holds_nothing_that_xml_cannot() -> None:
    written = document([], Company("55667788\x0b99", "Polar\x00bönan"), MOMENT, {})
    assert "<foretagnamn>Polar bönan</foretagnamn>" in written.decode("iso-8859-1")


@pytest.mark.parametrize(
    ("gone", "fields"),
    [
        ("address", ["city", "country", "postal_code", "street"]),
        ("work_phone", ["work_phone"]),
        ("work_email", ["email"]),
        ("title", ["title"]),
    ],
)
async def test_a_value_that_is_gone_is_told_as_no_file_can_say_it(system: Paxml, gone: str, fields: list[str]) -> None:
    payroll = Payroll(system, {})
    change = await payroll.plan(work_phone="040-12 34 56")
    payroll.runs.memory |= {"s1": known} if (known := after(change, await payroll.carry_out(change))) else {}
    payroll.refused()
    change = await payroll.plan(**{"work_phone": "040-12 34 56", gone: None})
    outcome = await payroll.carry_out(change)
    assert sorted(found.field for found in outcome.findings if found.code == "paxml_cannot_clear") == fields
    assert payroll.refused() == []
