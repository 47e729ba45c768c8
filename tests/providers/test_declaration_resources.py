"""What a provider declares of a resource is what its target says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.resource import Capability, Resource
from bot.locales import LANGUAGES
from bot.locales.loader import catalogue
from bot.providers import registry
from bot.providers.agda_ps.file_target import AgdaFileTarget
from bot.providers.declaration import EMPLOYEES, LeaveLimits, ResourceSpec, Undeclared
from bot.providers.fortnox.target import FortnoxTarget
from bot.providers.kleer.target import KleerTarget
from bot.providers.paxml.file_target import PaxmlFileTarget
from bot.providers.poweroffice_go.target import PowerofficeGoTarget
from bot.providers.spiris_lon.target import SpirisTarget
from bot.providers.tidsbanken.target import TidsbankenTarget
from bot.providers.tripletex.target import TripletexTarget
from bot.providers.twentyfour_seven_office.target import TwentyFourTarget
from bot.providers.visma_net.target import VismaNetTarget
from bot.providers.xledger.target import XledgerTarget

TARGETS: dict[str, Any] = {
    "agda_ps": AgdaFileTarget,
    "paxml": PaxmlFileTarget,
    "fortnox": FortnoxTarget,
    "kleer": KleerTarget,
    "poweroffice_go": PowerofficeGoTarget,
    "spiris_lon": SpirisTarget,
    "tidsbanken": TidsbankenTarget,
    "tripletex": TripletexTarget,
    "twentyfour_seven_office": TwentyFourTarget,
    "visma_net": VismaNetTarget,
    "xledger": XledgerTarget,
}


def test_whoever_takes_people_is_looked_at_here() -> None:
    assert set(TARGETS) == {key for key, provider in registry.targets().items() if provider.info.takes_people}


@pytest.mark.parametrize("key", TARGETS)
def test_a_target_says_of_people_what_its_provider_declares(key: str) -> None:
    info = registry.target(key).info
    assert info.spec(Resource.EMPLOYEES) == TARGETS[key].employees
    assert info.delivers is (TARGETS[key].employees.capability is Capability.FILE_SNAPSHOT)
    assert info.delivers is callable(getattr(TARGETS[key], "deliver", None))
    assert info.hands_out is callable(getattr(TARGETS[key], "pack", None))


def test_a_resource_has_limits_of_its_own_kind() -> None:
    with pytest.raises(Undeclared):
        ResourceSpec(resource=Resource.EMPLOYEES, capability=Capability.RECONCILE, leave=LeaveLimits())
    assert EMPLOYEES.leave is None


def test_the_source_can_be_read_for_absence() -> None:
    spec = registry.source().info.spec(Resource.ABSENCE)
    assert spec is not None
    assert spec.capability is Capability.RECONCILE


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(registry.targets()))
def test_what_a_provider_declares_of_absence_has_its_texts(key: str, language: str) -> None:
    spec = registry.target(key).info.spec(Resource.ABSENCE)
    if spec is None:
        return
    wanted = [f"leave.field.{rule.key}" for rule in spec.fields]
    wanted += [rule.transformation for rule in spec.fields if rule.transformation]
    for setting in spec.settings:
        base = f"{key}.setting.{setting.key}"
        wanted += [base, f"{base}.hint", *(f"{base}.{choice}" for choice in setting.choices)]
    assert [text for text in wanted if text not in catalogue(language)] == []
