"""Jobs of Visma.net: followed to their end, lost, without end, and settled by reading."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from bot.domain.change import ChangeKind
from bot.providers.errors import Rejected, Unavailable, WriteConflict
from bot.providers.protocol import WriteStatus
from bot.providers.visma_net.jobs import job_path
from bot.providers.visma_net.target import VismaNetTarget
from sandbox.visma_net import VismaNet
from sandbox.visma_net.jobs import Result
from sandbox.visma_net.tenant import Tenant
from tests.providers.visma_net.connections import person_of, put, settings_of, without_contact
from tests.support.make_change import change_for
from tests.support.provider_people import job


async def test_a_job_that_fails_is_a_refusal_with_its_field(target: VismaNetTarget, tenant: Tenant) -> None:
    failure = Result("Unknown occupation", "E17", "$.positions[0].typeOfWork[0].activeStart")
    tenant.jobs.fail_next = failure
    with pytest.raises(Rejected) as refused:
        await put(target, tenant, without_contact())
    assert refused.value.field == "occupation_code"
    assert "Unknown occupation" in (refused.value.verbatim or "")
    assert "Unknown occupation" not in str(refused.value)
    assert refused.value.reference


async def test_a_warning_of_a_job_that_succeeded_is_told(target: VismaNetTarget, tenant: Tenant) -> None:
    tenant.jobs.warn_next = [Result("Salary update was not performed.", "W1", "$.salaryInformation", "Warning")]
    choices = settings_of(tenant)
    applied = await target.apply(await change_for(target, without_contact(), choices), choices)
    warning, draft = applied.findings
    assert (warning.code, warning.field) == ("visma_net_job_warning", "salary")
    assert warning.verbatim == "Salary update was not performed."
    assert draft.code == "visma_net_draft"


async def test_what_was_not_kept_is_told_beside_a_warning(
    visma: VismaNet, target: VismaNetTarget, tenant: Tenant
) -> None:
    await put(target, tenant, without_contact())
    choices = settings_of(tenant)
    change = await change_for(target, without_contact(last_name="Berg"), choices)
    tenant.jobs.warn_next = [Result("A remark.", "W1", "$.firstName", "Warning")]
    held = deepcopy(person_of(tenant, change.person.number)["personNames"])
    visma.faults.meanwhile(
        lambda: person_of(tenant, change.person.number).update(personNames=deepcopy(held)),
        method="GET",
        path=r"/employees/[^/]+$",
        times=None,
    )
    applied = await target.apply(change, choices)
    found = [(one.code, one.field) for one in applied.findings if one.code != "visma_net_draft"]
    assert found == [("visma_net_job_warning", "first_name"), ("visma_net_not_stored", "last_name")]


@pytest.mark.parametrize(("loss", "state"), [("before", WriteStatus.NOT_DONE), ("after", WriteStatus.DONE)])
async def test_a_lost_job_is_settled_by_reading(
    target: VismaNetTarget, tenant: Tenant, loss: Any, state: WriteStatus
) -> None:
    tenant.jobs.lose_next = loss
    choices = settings_of(tenant)
    change = await change_for(target, without_contact(), choices)
    with pytest.raises(Unavailable) as lost:
        await target.apply(change, choices)
    assert lost.value.sent is True
    settled, target_id = await target.resolve_write(change)
    assert settled is state
    assert (target_id is not None) is (state is WriteStatus.DONE)


async def test_a_job_without_end_is_unknown_until_it_ends_and_then_done(
    visma: VismaNet, target: VismaNetTarget, tenant: Tenant
) -> None:
    tenant.jobs.looks = None
    choices = settings_of(tenant)
    change = await change_for(target, without_contact(), choices)
    with pytest.raises(Unavailable) as waiting:
        await target.apply(change, choices)
    assert waiting.value.sent is True
    with pytest.raises(Unavailable):
        await target.resolve_write(change)
    writes = len(visma.requests.writes())
    with pytest.raises(Unavailable):
        await target.apply(change, choices)
    assert len(visma.requests.writes()) == writes
    tenant.jobs.run_all()
    settled, _ = await target.resolve_write(change)
    assert settled is WriteStatus.DONE
    assert len(tenant.by_number("3001")) == 1


async def test_a_create_that_succeeded_after_we_gave_up_is_not_made_again(
    target: VismaNetTarget, tenant: Tenant
) -> None:
    tenant.jobs.looks = None
    choices = settings_of(tenant)
    change = await change_for(target, without_contact(), choices)
    with pytest.raises(Unavailable):
        await target.apply(change, choices)
    tenant.jobs.run_all()
    with pytest.raises(WriteConflict):
        await target.apply(change, choices)
    assert len(tenant.by_number("3001")) == 1


async def test_an_update_whose_answer_is_lost_waits_for_its_job(
    visma: VismaNet, target: VismaNetTarget, tenant: Tenant
) -> None:
    await put(target, tenant, without_contact())
    choices = settings_of(tenant)
    change = await change_for(target, without_contact(last_name="Berg"), choices)
    visma.faults.connection_cut(committed=True, method="PUT")
    with pytest.raises(Unavailable):
        await target.apply(change, choices)
    assert person_of(tenant, "3001")["personNames"][-1]["lastName"] == "Nordlund"
    assert (await target.resolve_write(change))[0] is WriteStatus.DONE
    assert person_of(tenant, "3001")["personNames"][-1]["lastName"] == "Berg"


async def test_one_write_done_and_the_next_unreachable_counts_as_sent(
    visma: VismaNet, target: VismaNetTarget, tenant: Tenant
) -> None:
    await put(target, tenant, without_contact())
    choices = settings_of(tenant)
    both = without_contact(last_name="Berg", employments=(job(percentage="80"),))
    change = await change_for(target, both, choices)
    visma.faults.status(503, path="/positions$", method="GET", times=None)
    with pytest.raises(Unavailable) as halfway:
        await target.apply(change, choices)
    assert halfway.value.sent is True
    visma.faults.clear()
    assert (await target.resolve_write(change))[0] is WriteStatus.PARTLY
    await target.apply(change, choices)
    assert (await change_for(target, both, choices)).kind is ChangeKind.UNCHANGED


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/v2/employees/jobs/1", "/employees/jobs/1"),
        ("https://api.example.com/v2/employees/7/positions/jobs/1", "/employees/7/positions/jobs/1"),
        ("https://elsewhere.example/prefix/employees/jobs/1", "/employees/jobs/1"),
        ("/v2/employees/7", None),
        ("/v2/employees/jobs/../../secrets", None),
        (None, None),
    ],
)
def test_only_the_path_of_a_job_is_followed(location: str | None, path: str | None) -> None:
    assert job_path(location, "https://api.example.com/v2") == path
