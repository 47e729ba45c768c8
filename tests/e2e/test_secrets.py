"""Canaries: what must stay secret is planted in the outside systems, and then looked for everywhere else.

The bot reads and writes real values of the made-up company; none of them may be in what it sent to Slack, in its log
at the finest level, or in the bytes of its database.
"""

from __future__ import annotations

import io
import logging
from decimal import Decimal

import pytest

from bot.core import log_config
from sandbox.companies import polarbonan
from sandbox.simployer import REVOKED_TOKEN as REVOKED_SIMPLOYER_TOKEN
from sandbox.tripletex import REVOKED_TOKEN as REVOKED_TRIPLETEX_TOKEN
from tests.e2e.report_reader import at_rest, details, report
from tests.support.slack_office import SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office

PEOPLE = ("1005", "1007", "1014", "1013", "1004", "1010")
TOKENS = (SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, REVOKED_SIMPLOYER_TOKEN, REVOKED_TRIPLETEX_TOKEN)


@pytest.fixture
def log() -> io.StringIO:
    """Everything that is logged, by our code and by libraries, at the finest level."""
    written = io.StringIO()
    log_config.configure("DEBUG", "json", written)
    logging.getLogger().setLevel(logging.DEBUG)
    return written


def plant_pay(office: Office) -> set[str]:
    """Give everyone in the sync pay that nothing else could be mistaken for, and say how it could be written."""
    planted: set[str] = set()
    for place, number in enumerate(PEOPLE):
        amount = Decimal("43217.69") + 1000 * place
        office.simployer.admin.change_compensation(number, amount=float(amount))
        for value in (amount, amount * 12):
            planted |= {f"{value}", f"{value}".replace(".", ","), f"{value:,}".replace(",", "\u00a0").replace(".", ",")}
    return planted


def private_values() -> set[str]:
    """Identity numbers and bank accounts of the people in the sync, in the ways they could be written."""
    found: set[str] = set()
    for person in polarbonan.company().people:
        if person["number"] not in PEOPLE:
            continue
        account = person.get("bank") or {}
        for value in (person.get("identity_number"), account.get("number"), account.get("iban")):
            if value:
                found |= {str(value), "".join(character for character in str(value) if character.isalnum())}
    return found


def leaks(haystack: str, needles: set[str]) -> set[str]:
    return {needle for needle in needles if needle in haystack}


async def test_nothing_private_leaves_its_place(office: Office, log: io.StringIO) -> None:
    henrik = office.person("henrik")
    needles = private_values() | plant_pay(office) | set(TOKENS)
    assert len(needles) > 25

    astrid = office.person("astrid")
    await office.begin(astrid)
    await astrid.fill("credential.simployer.access_token", REVOKED_SIMPLOYER_TOKEN)
    await astrid.submit()
    await office.shows(astrid, "Simployer", "token", "En ägare skapar")
    await office.set_up(henrik, *PEOPLE)
    await henrik.type("/integration sync preview")
    await details(office, henrik, await report(office, henrik, "Forhåndsvisning"))
    await at_rest(office)
    await henrik.type("/integration sync now")
    await details(office, henrik, await report(office, henrik, "Synkronisering"))
    await at_rest(office)
    henrik.open_home()

    assert leaks(office.slack.world.journal.from_app(), needles) == set()
    said = log.getvalue()
    assert "http" in said, "the log is empty, so this proves nothing"
    assert leaks(said, needles) == set()
    for file in office.folder.iterdir():
        if file.is_file():
            assert leaks(file.read_bytes().decode("utf-8", "replace"), needles) == set(), file.name
    for view in (call.arguments.get("view") or {} for call in office.slack.world.journal.calls):
        assert len(str(view.get("private_metadata") or "")) in (0, 32), "private_metadata holds a draft's id alone"


def test_the_log_blanks_what_looks_like_a_secret() -> None:
    event = {
        "event": "shown 01017012345 and Bearer abc.def.ghi",
        "token": "whatever",
        "nested": {"salary": 48000, "fine": "Kari"},
        "account": "8601 11 17947",
        "url": "postgresql://bot:hunter2@host/db",
        "slack": "xoxb-1-2-abc",
    }
    blanked = str(log_config.redact(event))
    for secret in ("01017012345", "abc.def.ghi", "whatever", "48000", "8601 11 17947", "hunter2", "xoxb-1"):
        assert secret not in blanked
    assert "Kari" in blanked
