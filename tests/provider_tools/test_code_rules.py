"""The rules for a provider's code: every provider keeps them, and each finds what it is there for."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.provider_tools.code_rules import LINES, RULES, Breach, breaches_in, breaches_of, private_repr
from bot.provider_tools.commands import providers_cli
from bot.providers.registry import source, targets

ROOT = Path(__file__).parents[2]
PROVIDERS = ROOT / "bot" / "providers"

LONGER = {
    "fortnox": 1200,
    "kleer": 1220,
    "poweroffice_go": 1490,
    "simployer": 2330,
    "tripletex": 2570,
    "twentyfour_seven_office": 1400,
    "visma_net": 2240,
    "xledger": 990,
}
"""Those with more lines than a provider should have. A number here only falls."""


@pytest.mark.parametrize("provider", [source().info.key, *targets()])
def test_every_provider_keeps_them(provider: str) -> None:
    assert breaches_in(PROVIDERS / provider, lines=LONGER.get(provider, LINES)) == []


def test_what_all_providers_share_shows_nothing_private() -> None:
    shared = [*PROVIDERS.glob("*.py"), *(PROVIDERS / "kit").glob("*.py")]
    rules = {"private_repr": private_repr}
    assert [breach for path in shared for breach in breaches_of(path.read_text("utf-8"), path.name, rules)] == []


BROKEN = {
    "private_repr": [
        "@dataclass(frozen=True)\nclass Held:\n    national_identity: str",
        "@dataclass\nclass Held:\n    employee: Json",
        "@dataclass\nclass Held:\n    jobs: Sequence[Json] = ()",
        "class Held(NamedTuple):\n    access_token: str",
    ],
    "one_client": ["import httpx", "from urllib import request", "import http.client", "from asyncssh import connect"],
    "exact_numbers": ["json.loads(content)", "answer.json()", "round(salary, 2)"],
    "nothing_swallowed": [
        "try:\n    a()\nexcept Exception:\n    pass",
        "try:\n    a()\nexcept:\n    x = None",
        "for _ in b:\n    try:\n        a()\n    except Exception as error:\n        continue",
        "with suppress(Exception):\n    a()",
    ],
    "errors_with_texts": ["raise RuntimeError('no')", "raise Exception"],
    "waits_by_the_kit": ["time.sleep(1)", "async def a():\n    await asyncio.sleep(0.5)"],
    "log_lines": [
        'log.info(f"read {count}")',
        'log.info("read", who=row["name"])',
        'log.exception("read")',
    ],
}


@pytest.mark.parametrize(("rule", "code"), [(rule, code) for rule, codes in BROKEN.items() for code in codes])
def test_what_breaks_one_is_found(rule: str, code: str) -> None:
    assert {breach.rule for breach in breaches_of(code, "provider.py")} == {rule}


def test_none_is_without_an_example() -> None:
    assert set(BROKEN) == set(RULES)


@pytest.mark.parametrize(
    "code",
    [
        "@dataclass\nclass Held:\n    employee: Json = field(repr=False)",
        "@dataclass(repr=False)\nclass Held:\n    token: str",
        "json.loads(content, parse_float=Decimal)",
        "try:\n    a()\nexcept Exception as error:\n    tell(error)",
        "try:\n    a()\nexcept ValueError:\n    pass",
        "try:\n    a()\nexcept Exception:  # noqa: S110 - looked at again below\n    pass",
        "async def a():\n    await asyncio.sleep(0)",
        'log.info("read", who=id_of(row["id"]), rows=len(rows))',
    ],
)
def test_what_keeps_them_is_let_through(code: str) -> None:
    assert breaches_of(code, "provider.py") == []


def test_a_system_whose_company_nobody_looks_at_is_found(tmp_path: Path) -> None:
    provider = _provider(tmp_path, "client.py", "http = HttpClient('system', url)")
    assert [breach.rule for breach in breaches_in(provider)] == ["reconnect"] * 3


def test_one_that_has_outgrown_the_kit_is_found(tmp_path: Path) -> None:
    provider = _provider(tmp_path, "table.py", "\n" * (LINES + 1))
    assert [breach.rule for breach in breaches_in(provider)] == ["size"]
    (provider / "table.py").rename(provider / "leave_table.py")
    assert breaches_in(provider) == []


def test_the_command_names_file_line_and_remedy(tmp_path: Path) -> None:
    _provider(tmp_path, "client.py", "x = 1\nimport httpx")
    runner = CliRunner()
    told = runner.invoke(providers_cli, ["check", "system", "--root", str(tmp_path)])
    remedy = "`httpx` goes past the kit: use bot/providers/kit/http.py or bot/providers/kit/sftp.py"
    assert told.stdout.splitlines() == [str(Breach("one_client", "system/client.py", 2, remedy))]
    assert told.exit_code == 1
    (tmp_path / "bot" / "providers" / "system" / "client.py").unlink()
    assert runner.invoke(providers_cli, ["check", "system", "--root", str(tmp_path)]).exit_code == 0
    assert runner.invoke(providers_cli, ["check", "another", "--root", str(tmp_path)]).exit_code == 2


def _provider(root: Path, name: str, code: str) -> Path:
    folder = root / "bot" / "providers" / "system"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / name).write_text(code, "utf-8")
    return folder
