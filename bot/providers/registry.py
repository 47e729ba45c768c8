"""The providers there are. A folder under `bot/providers/` that has a `provider.py` with `PROVIDER` is one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import cast

import bot.providers
from bot.domain.resource import Capability, LeaveForm, Resource
from bot.providers.leave_protocol import LeaveTargetProvider
from bot.providers.protocol import SourceProvider, TargetProvider

SOURCE = "simployer"


def provider_keys() -> tuple[str, ...]:
    """The providers' keys, without loading them. A folder without a `provider.py` is one that is not finished."""
    folders = [module.name for module in pkgutil.iter_modules(bot.providers.__path__) if module.ispkg]
    return tuple(name for name in folders if (files(bot.providers) / name / "provider.py").is_file())


@cache
def _all() -> Mapping[str, object]:
    return {key: importlib.import_module(f"bot.providers.{key}.provider").PROVIDER for key in provider_keys()}


def source() -> SourceProvider:
    """The one source: Simployer."""
    return cast(SourceProvider, _all()[SOURCE])


def targets() -> Mapping[str, TargetProvider]:
    """All targets by key."""
    return {key: cast(TargetProvider, provider) for key, provider in _all().items() if key != SOURCE}


def target(key: str) -> TargetProvider:
    """One target. Raises `KeyError` for a key that is not in the catalogue."""
    return targets()[key]


def takes_absence(key: str) -> bool:
    """Whether absence can go from the source to a target; not to one that is no longer in the catalogue."""
    known = targets().get(key)
    return known is not None and all(one.info.spec(Resource.ABSENCE) is not None for one in (source(), known))


def takes_people(key: str) -> bool:
    """Whether employees go to a target. One that is no longer in the catalogue is looked at as if they did."""
    known = targets().get(key)
    return known is None or known.info.takes_people


def takes_lists_alone(key: str) -> bool:
    """Whether a person types absence in there, from a list."""
    known = targets().get(key)
    spec = known.info.spec(Resource.ABSENCE) if known is not None else None
    return spec is not None and spec.leave is not None and spec.leave.list_alone


def takes_pay(key: str) -> bool:
    """Whether any field of a target comes of what somebody is paid."""
    known = targets().get(key)
    return known is not None and any("compensation" in rule.source for rule in known.fields)


def leave_form(key: str) -> LeaveForm:
    """What a sync of absence makes for a target; WRITTEN for one that is no longer in the catalogue."""
    known = targets().get(key)
    spec = known.info.spec(Resource.ABSENCE) if known is not None else None
    if spec is None or spec.capability is not Capability.FILE_SNAPSHOT:
        return LeaveForm.WRITTEN
    return LeaveForm.LIST if takes_lists_alone(key) else LeaveForm.FILE


def main_resource(key: str) -> Resource:
    """What an integration with a target is for in the first place, where nobody says which of the two is meant."""
    return Resource.EMPLOYEES if takes_people(key) else Resource.ABSENCE


def leave_target(key: str) -> LeaveTargetProvider | None:
    """One target as it takes leave; None where it declares no absence. Raises `KeyError` as `target` does."""
    provider = target(key)
    return cast(LeaveTargetProvider, provider) if provider.info.spec(Resource.ABSENCE) is not None else None
