"""What a provider declares has its words in every language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.locales import LANGUAGES
from bot.locales.loader import catalogue
from bot.providers.protocol import ProviderInfo
from bot.providers.registry import source, targets

INFOS: dict[str, ProviderInfo] = {
    info.key: info for info in (source().info, *(target.info for target in targets().values()))
}
TARGETS = targets()
PROVIDERS = Path(__file__).parents[2] / "bot" / "providers"


def missing(keys: Iterator[str]) -> list[tuple[str, str]]:
    wanted = list(keys)
    assert wanted
    return [(language, key) for language in LANGUAGES for key in wanted if not catalogue(language).get(key)]


@pytest.mark.parametrize("provider", INFOS)
def test_every_provider_says_what_it_is(provider: str) -> None:
    info = INFOS[provider]
    keys = [f"{provider}.name", f"{provider}.summary", f"{provider}.needs", *info.syncs]
    assert missing(iter(keys)) == []


@pytest.mark.parametrize("provider", INFOS)
def test_every_credential_has_its_texts(provider: str) -> None:
    def keys() -> Iterator[str]:
        for field in INFOS[provider].credentials:
            base = f"{provider}.credential.{field.key}"
            yield from (base, f"{base}.hint", f"{base}.placeholder")
            yield from (f"{base}.{choice}" for choice in field.choices)

    assert missing(keys()) == []


@pytest.mark.parametrize("provider", [key for key, info in INFOS.items() if info.settings])
def test_every_setting_has_its_texts(provider: str) -> None:
    def keys() -> Iterator[str]:
        for field in INFOS[provider].settings:
            base = f"{provider}.setting.{field.key}"
            yield from (base, f"{base}.hint")
            yield from (f"{base}.{choice}" for choice in field.choices)

    assert missing(keys()) == []


@pytest.mark.parametrize("provider", [key for key, target in TARGETS.items() if target.info.takes_people])
def test_every_field_has_a_label_and_its_note(provider: str) -> None:
    def keys() -> Iterator[str]:
        for rule in TARGETS[provider].fields:
            yield f"field.{rule.key}"
            if rule.transformation is not None:
                yield rule.transformation

    assert missing(keys()) == []


@pytest.mark.parametrize("provider", INFOS)
def test_settings_and_credentials_make_sense(provider: str) -> None:
    info = INFOS[provider]
    keys = [one.key for one in info.credentials] + [one.key for one in info.settings]
    assert len(keys) == len(set(keys))
    for place, one in enumerate(info.credentials):
        if one.when is not None:
            choices = {before.key: before.choices for before in info.credentials[:place]}
            assert one.when[1] in choices.get(one.when[0], ()), one.key
    for setting in info.settings:
        assert not (setting.live and setting.choices), setting.key
        if setting.default is not None and setting.choices:
            assert setting.default in setting.choices, setting.key
        if setting.required:
            assert setting.ask or setting.default is not None, setting.key


@pytest.mark.parametrize("provider", TARGETS)
def test_the_field_table_names_each_field_once(provider: str) -> None:
    fields: list[Any] = [(rule.level, rule.key) for rule in TARGETS[provider].fields]
    assert len(fields) == len(set(fields))


@pytest.mark.parametrize("provider", TARGETS)
def test_pay_identity_and_bank_are_private(provider: str) -> None:
    private = {rule.key for rule in TARGETS[provider].fields if rule.private}
    guarded = ("salary", "wage", "identity", "d_number", "bank", "iban", "amount")
    named = {rule.key for rule in TARGETS[provider].fields if any(word in rule.key for word in guarded)}
    assert named <= private


@pytest.mark.parametrize("provider", TARGETS)
def test_every_finding_of_a_target_has_its_texts(provider: str) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (PROVIDERS / provider).glob("*.py"))
    # What a builder of the kit finds for whoever uses it.
    shared = {"SwedishBuilder": "swedish_builder.py", "self._home()": "record_builder.py"}
    code += "".join(
        (PROVIDERS / "kit" / name).read_text(encoding="utf-8") for sign, name in shared.items() if sign in code
    )
    raised = set(re.findall(rf'"({provider}_\w+)"', code))
    raised |= {f"{provider}_{word}" for word in re.findall(r'_find\(\s*"(\w+)"', code)}
    if not raised and not TARGETS[provider].info.takes_people:
        return
    assert [code for code in raised if f"check.{code}" not in catalogue("en")] == []
    told = {
        key.removeprefix("check.").removesuffix(".advice")
        for key in catalogue("en")
        if key.startswith(f"check.{provider}_")
    }
    assert [one for one in told if f'"{one.removeprefix(f"{provider}_")}"' not in code and f'"{one}"' not in code] == []
    assert missing(f"check.{one}{end}" for one in told for end in ("", ".advice")) == []


ATTACK = "test_a_second_workspace_does_not_get_the_first_ones_account"


def attacked() -> set[str]:
    """The targets in whose folder of tests a class inherits a suite with the attack, and keeps it as it is."""
    found = set()
    for path in sorted((PROVIDERS.parents[1] / "tests" / "providers").rglob("test_*.py")):
        written = path.read_text()
        bases = set(re.findall(r"^class Test\w+\((\w+)\):", written, re.MULTILINE))
        if (
            bases & {"TargetStandard", "CreateOnlyStandard", "FileTargetStandard", "AbsenceOnlyStandard"}
            and ATTACK not in written
        ):
            # Where the suite itself is tried, the first target is in one file with the source.
            found.add(
                "tripletex" if path.name == "test_standard.py" and path.parent.name == "providers" else path.parent.name
            )
    return found


def test_a_second_workspace_attacks_every_target() -> None:
    assert attacked() == set(TARGETS)
    suites = [PROVIDERS.parents[1] / "tests" / "providers" / f"{name}.py" for name in (
        "target_suite", "file_target_suite", "leave_files_world",
    )]  # fmt: skip
    assert [path.name for path in suites if f"async def {ATTACK}" not in path.read_text()] == []
