"""Writing to Visma.net: drafts, whole documents, timelines, jobs, and what is said of them."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.change import ChangeKind
from bot.domain.employee import BankAccount, PayPeriod
from bot.providers.errors import WriteConflict
from bot.providers.visma_net.documents import money
from bot.providers.visma_net.target import VismaNetTarget
from sandbox.visma_net import VismaNet
from sandbox.visma_net.server import MEDIA_TYPE
from sandbox.visma_net.tenant import Tenant
from tests.providers.visma_net.connections import OCCUPATION, person_of, position_of, put, settings_of, without_contact
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY, job, pay

YESTERDAY = (TODAY - timedelta(days=1)).isoformat()
NOW = TODAY.isoformat()


def salaries(tenant: Tenant, number: str = "3001") -> list[tuple[str | None, str, str | None]]:
    """The salary timeline: from, amount of its own kind, until."""
    return [
        (e.get("activeStart"), f"{e[e['contractSalaryType'] + 'Salary']} {e['contractSalaryType']}", e.get("activeEnd"))
        for e in position_of(tenant, number)["salaryInformation"]
    ]


class TestCreating:
    async def test_a_person_arrives_in_one_request_as_a_draft(
        self, visma: VismaNet, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        codes = await put(target, tenant, without_contact())
        (sent,) = visma.requests.writes()
        units, agreements = tenant.lists["taxUnits"], tenant.lists["workTimeAgreements"]
        assert sent.body == {
            "isDraft": True,
            "number": "3001",
            "personNames": [{"firstName": "Kari", "lastName": "Nordlund"}],
            "personIds": [{"typeOfId": "NationalID", "id": "17059012345"}],
            "dateOfBirth": "1990-05-17",
            "address": {"streetName": "Kaffegata 1", "zipCode": "0150", "cityName": "Oslo", "countryCode": "NO"},
            "salaryPaymentMethod": {"paymentType": "bank", "localBankAccount": "99990400001"},
            "externalIds": [{"key": "simployer", "value": without_contact().source_id}],
            "positions": [
                {
                    "activeStart": "2024-03-01",
                    "typeOfPosition": "Ordinary",
                    "externalIds": [{"key": "simployer", "value": without_contact().source_id}],
                    "employmentForm": [{"value": "fast"}],
                    "typeOfWork": [{"value": OCCUPATION}],
                    "workTimeAgreement": [{"value": agreements[0]["id"]}],
                    "taxUnitIds": [{"value": units[0]["id"]}],
                    "partTimeFactors": [{"value": 100}],
                    "salaryInformation": [
                        {"salaryType": "Period", "contractSalaryType": "monthly", "monthlySalary": "50000"}
                    ],
                }
            ],
        }
        assert codes == ["visma_net_draft"]
        assert person_of(tenant, "3001")["isDraft"] is True

    async def test_contact_goes_as_the_kind_that_the_tenant_uses(self, target: VismaNetTarget, tenant: Tenant) -> None:
        reachable = without_contact(work_email="kari@polarbonan.example", private_phone="+47 400 12 345")
        kinds = [choice.value for choice in await target.choices("email_type")]
        assert kinds == ["work"]
        await put(target, tenant, reachable, email_type="work", phone_type="mobile")
        person = person_of(tenant, "3001")
        assert person["emails"] == [{"type": "work", "address": "kari@polarbonan.example"}]
        assert person["phones"] == [{"type": "mobile", "number": 40012345}]

    async def test_without_a_kind_no_contact_is_sent(self, target: VismaNetTarget, tenant: Tenant) -> None:
        await put(target, tenant, without_contact(work_email="kari@polarbonan.example", private_phone="40012345"))
        assert {"emails", "phones"}.isdisjoint(person_of(tenant, "3001"))

    async def test_salaries_to_come_are_in_the_timeline_from_the_start(
        self, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        raised = without_contact(compensations=(pay(date(2024, 3, 1), "50000"), pay(date(2027, 1, 1), "52000.25")))
        await put(target, tenant, raised)
        assert salaries(tenant) == [
            (None, "50000 monthly", "2026-12-31"),
            ("2027-01-01", "52000.25 monthly", None),
        ]
        assert (await change_for(target, raised, settings_of(tenant))).kind is ChangeKind.UNCHANGED

    async def test_someone_who_came_by_meanwhile_is_not_made_twice(
        self, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        choices = settings_of(tenant)
        change = await change_for(target, without_contact(), choices)
        tenant.add_employee({"number": "3001", "personNames": [{"firstName": "K", "lastName": "N"}]}, [])
        with pytest.raises(WriteConflict):
            await target.apply(change, choices)
        assert len(tenant.by_number("3001")) == 1


class TestChanging:
    async def test_a_put_is_the_whole_document_with_what_we_do_not_know(
        self, visma: VismaNet, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        before = deepcopy(person_of(tenant, "1010"))
        (someone,) = await target.find(without_contact(number="1010"))
        hr = without_contact(
            number="1010",
            first_name=someone.first_name,
            last_name=someone.last_name,
            birth_date=someone.birth_date,
            identity=None,
            address=None,
            bank=BankAccount(number="99990403216", country="NO"),
            employments=(),
        )
        change = await change_for(target, hr, settings_of(tenant))
        await target.apply(change, settings_of(tenant))
        (sent,) = visma.requests.writes()
        assert sent.method == "PUT"
        after = person_of(tenant, "1010")
        assert after["salaryPaymentMethod"] == {"paymentType": "bank", "localBankAccount": "99990403216"}
        ours = {"salaryPaymentMethod", "externalIds", "lastChange"}
        assert {k: v for k, v in after.items() if k not in ours} == {k: v for k, v in before.items() if k not in ours}
        assert after["notes"] == "kept by the payroll office"

    async def test_every_put_carries_the_etag_and_the_media_type(
        self, visma: VismaNet, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        seen: list[dict[str, str]] = []
        await put(target, tenant, without_contact())
        headers = {"If-Match": tenant.etag(person_of(tenant, "3001")), "Content-Type": MEDIA_TYPE}

        async def watch(_fault: Any, request: Any, handler: Any, _dialect: Any) -> Any:
            seen.append({name: request.headers[name] for name in headers})
            return await handler(request)

        visma.faults.add("watch", watch, method="PUT")
        await put(target, tenant, without_contact(last_name="Berg"))
        assert seen == [headers]

    async def test_a_new_name_closes_the_old_one(self, target: VismaNetTarget, tenant: Tenant) -> None:
        await put(target, tenant, without_contact())
        await put(target, tenant, without_contact(last_name="Berg"))
        assert person_of(tenant, "3001")["personNames"] == [
            {"firstName": "Kari", "lastName": "Nordlund", "activeEnd": YESTERDAY},
            {"firstName": "Kari", "lastName": "Berg", "activeStart": NOW},
        ]

    async def test_a_raise_closes_the_salary_and_opens_one_on_its_own_day(
        self, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        await put(target, tenant, without_contact())
        raised = without_contact(compensations=(pay(date(2024, 3, 1), "50000"), pay(date(2026, 5, 1), "54000")))
        codes = await put(target, tenant, raised)
        assert salaries(tenant) == [(None, "50000 monthly", "2026-04-30"), ("2026-05-01", "54000 monthly", None)]
        assert codes == ["visma_net_draft"]
        assert (await change_for(target, raised, settings_of(tenant))).kind is ChangeKind.UNCHANGED

    async def test_pay_that_has_begun_is_never_overwritten(self, target: VismaNetTarget, tenant: Tenant) -> None:
        await put(target, tenant, without_contact())
        corrected = without_contact(compensations=(pay(date(2024, 3, 1), "51000"),))
        codes = await put(target, tenant, corrected)
        assert salaries(tenant) == [(None, "50000 monthly", YESTERDAY), (NOW, "51000 monthly", None)]
        assert codes == ["visma_net_salary_from_today", "visma_net_draft"]
        assert (await change_for(target, corrected, settings_of(tenant))).kind is ChangeKind.UNCHANGED

    async def test_a_raise_to_come_is_corrected_in_place(self, target: VismaNetTarget, tenant: Tenant) -> None:
        day = date(2027, 1, 1)
        await put(target, tenant, without_contact(compensations=(pay(date(2024, 3, 1), "50000"), pay(day, "52000"))))
        await put(target, tenant, without_contact(compensations=(pay(date(2024, 3, 1), "50000"), pay(day, "53000"))))
        assert salaries(tenant) == [(None, "50000 monthly", "2026-12-31"), ("2027-01-01", "53000 monthly", None)]

    async def test_a_raise_before_one_that_is_planned_fits_in_between(
        self, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        first, late, early = (
            pay(date(2024, 3, 1), "50000"),
            pay(date(2027, 6, 1), "60000"),
            pay(date(2027, 1, 1), "55000"),
        )
        await put(target, tenant, without_contact(compensations=(first, late)))
        await put(target, tenant, without_contact(compensations=(first, early, late)))
        assert salaries(tenant) == [
            (None, "50000 monthly", "2026-12-31"),
            ("2027-01-01", "55000 monthly", "2027-05-31"),
            ("2027-06-01", "60000 monthly", None),
        ]

    async def test_from_monthly_to_hourly(self, target: VismaNetTarget, tenant: Tenant) -> None:
        await put(target, tenant, without_contact())
        hourly = pay(date(2026, 11, 1), "310.5", period=PayPeriod.HOUR)
        await put(target, tenant, without_contact(compensations=(pay(date(2024, 3, 1), "50000"), hourly)))
        assert salaries(tenant)[-1] == ("2026-11-01", "310.5 hourly", None)

    async def test_another_percentage_holds_from_today(self, target: VismaNetTarget, tenant: Tenant) -> None:
        await put(target, tenant, without_contact())
        await put(target, tenant, without_contact(employments=(job(percentage="62.5"),)))
        assert position_of(tenant, "3001")["partTimeFactors"] == [
            {"value": 100, "activeEnd": YESTERDAY},
            {"value": 62.5, "activeStart": NOW},
        ]

    async def test_a_leaver_gets_an_end_and_a_rehire_a_new_position(
        self, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        await put(target, tenant, without_contact())
        gone = job(date(2024, 3, 1), date(2026, 11, 30))
        again = job(date(2027, 2, 1), percentage="80")
        back = without_contact(employments=(gone, again))
        await put(target, tenant, back)
        positions = list(tenant.positions[person_of(tenant, "3001")["id"]].values())
        assert [(p["activeStart"], p.get("activeEnd")) for p in positions] == [
            ("2024-03-01", "2026-11-30"),
            ("2027-02-01", None),
        ]
        assert positions[1]["partTimeFactors"] == [{"value": 80}]
        assert (await change_for(target, back, settings_of(tenant))).kind is ChangeKind.UNCHANGED

    async def test_a_d_number_gives_way_to_an_identity_number_and_never_the_other_way(
        self, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        kari = without_contact()
        assert kari.identity is not None
        foreigner = replace(kari, identity=replace(kari.identity, value="57059012345"))
        await put(target, tenant, foreigner)
        await put(target, tenant, kari)
        assert person_of(tenant, "3001")["personIds"] == [
            {"typeOfId": "DNumber", "id": "57059012345", "activeEnd": YESTERDAY},
            {"typeOfId": "NationalID", "id": "17059012345", "activeStart": NOW},
        ]
        assert (await change_for(target, foreigner, settings_of(tenant))).kind is ChangeKind.UNCHANGED

    async def test_two_positions_of_one_day_are_left_to_a_human(self, target: VismaNetTarget, tenant: Tenant) -> None:
        await put(target, tenant, without_contact())
        twin = {**position_of(tenant, "3001"), "externalIds": []}
        twin.pop("id")
        person = person_of(tenant, "3001")["id"]
        for position in tenant.positions[person].values():
            position["externalIds"] = []
        tenant.add_position(person, twin)
        choices = settings_of(tenant)
        raised = without_contact(compensations=(pay(date(2024, 3, 1), "50000"), pay(date(2027, 1, 1), "52000")))
        with pytest.raises(WriteConflict) as met:
            await target.apply(await change_for(target, raised, choices), choices)
        assert met.value.text.key == "visma_net.two_positions"


class TestSomebodyElse:
    async def test_an_approval_between_reading_and_writing_is_kept(
        self, visma: VismaNet, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        await put(target, tenant, without_contact())
        person = person_of(tenant, "3001")["id"]
        met = visma.faults.meanwhile(lambda: tenant.approve(person), method="PUT")
        codes = await put(target, tenant, without_contact(last_name="Berg"))
        after = person_of(tenant, "3001")
        assert met.hits == 1
        assert (after["isDraft"], after["personNames"][-1]["lastName"]) == (False, "Berg")
        assert codes == []

    async def test_whoever_changes_the_same_field_is_not_overwritten(
        self, visma: VismaNet, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        await put(target, tenant, without_contact())
        person = person_of(tenant, "3001")["id"]
        names = [{"firstName": "Kari", "lastName": "Dahl"}]
        visma.faults.meanwhile(lambda: tenant.edit(person, lambda d: d.update(personNames=names)), method="PUT")
        with pytest.raises(WriteConflict):
            await put(target, tenant, without_contact(last_name="Berg"))
        assert person_of(tenant, "3001")["personNames"] == names

    async def test_a_document_that_never_rests_is_a_conflict(
        self, visma: VismaNet, target: VismaNetTarget, tenant: Tenant
    ) -> None:
        await put(target, tenant, without_contact())
        person = person_of(tenant, "3001")["id"]
        count = iter(range(100))
        edit = lambda: tenant.edit(person, lambda d: d.update(notes=str(next(count))))  # noqa: E731
        visma.faults.meanwhile(edit, method="PUT", times=None)
        with pytest.raises(WriteConflict):
            await put(target, tenant, without_contact(last_name="Berg"))


def test_money_is_decimal_text() -> None:
    assert [money(Decimal(a)) for a in ("50000", "50000.00", "61.54", "1E+5")] == ["50000", "50000", "61.54", "100000"]
