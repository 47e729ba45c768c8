"""The arrows of the design never turn back: who may import whom, and how large a module may grow."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {".venv", ".git", ".demo", "artifacts", "build", "__pycache__", ".mypy_cache", ".ruff_cache",
            ".pytest_cache", ".hypothesis", ".env"}  # fmt: skip
"""As `.gitignore` has them."""

PACKAGES = ("bot", "storage", "sandbox")

# (who, may not import) - by prefix of the dotted name
FORBIDDEN = [
    ("bot", "sandbox"),
    ("bot", "tests"),
    ("storage", "bot"),
    ("storage", "slack_sdk"),
    ("storage", "slack_bolt"),
    ("bot.sync", "slack_sdk"),
    ("bot.sync", "slack_bolt"),
    ("bot.sync", "httpx"),
    ("bot.sync", "storage"),
    ("bot.sync", "bot.handlers"),
    ("bot.sync", "bot.views"),
    ("bot.sync", "bot.jobs"),
    ("bot.providers", "slack_sdk"),
    ("bot.providers", "slack_bolt"),
    ("bot.providers", "storage"),
    ("bot.providers", "bot.handlers"),
    ("bot.providers", "bot.views"),
    ("bot.providers", "bot.jobs"),
    ("bot.jobs", "bot.handlers"),
    ("bot.jobs", "bot.views"),
    ("bot.jobs", "slack_sdk"),
    ("bot.jobs", "slack_bolt"),
    ("bot.views", "storage.database"),
    ("bot.views", "sqlalchemy"),
    ("bot.views", "httpx"),
    ("bot.views", "bot.handlers"),
    ("bot.handlers", "httpx"),
    ("bot.handlers", "sqlalchemy"),
]

# Of `bot.sync`, a provider knows the records it reads and writes, nothing of what is done with them.
SYNC_FOR_PROVIDERS = {"bot.domain.employee", "bot.domain.change"}


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


@pytest.mark.parametrize(("who", "whom"), FORBIDDEN)
def test_arrows_never_turn_back(who: str, whom: str) -> None:
    wrong = {
        name: sorted(imported)
        for name, path in modules()
        if within(name, who) and (imported := {i for i in imports(path) if within(i, whom)})
    }
    assert wrong == {}


def test_a_provider_knows_only_itself_and_the_protocol() -> None:
    wrong = []
    for name, path in modules():
        parts = name.split(".")
        if not within(name, "bot.providers") or len(parts) < 3 or not (ROOT / "bot/providers" / parts[2]).is_dir():
            continue
        own = ".".join(parts[:3])
        for imported in imports(path):
            folder = imported.split(".")[2] if within(imported, "bot.providers") and imported.count(".") > 1 else ""
            if folder and (ROOT / "bot/providers" / folder).is_dir() and not within(imported, own):
                wrong.append((name, imported))
            if within(imported, "bot.sync.checks") or (
                within(imported, "bot.sync")
                and imported != "bot.sync"
                and not any(within(imported, allowed) for allowed in SYNC_FOR_PROVIDERS)
            ):
                wrong.append((name, imported))
    assert wrong == []


def test_no_module_has_outgrown_one_subject() -> None:
    code = [*(ROOT / "tests").rglob("*.py"), *(path for _, path in modules())]
    code += [path for kind in ("*.js", "*.css") for path in (ROOT / "sandbox").rglob(kind)]
    large = {str(path.relative_to(ROOT)): n for path in code if (n := len(path.read_text().splitlines())) > 400}
    assert large == {}


def test_nothing_is_called_utils() -> None:
    names = [str(path) for _, path in modules() if path.stem in {"utils", "util", "helpers", "common", "misc"}]
    assert names == []


def test_lock_files_name_no_registry() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text
        assert "index-url" not in text


def test_the_project_speaks_of_itself_alone() -> None:
    """No path of a machine and no bare to-do is left in what is tracked, or in what an archive without git has."""
    wrong = []
    for name in _ours():
        path = ROOT / name
        if path == Path(__file__) or path.suffix in {".png", ".lock", ".ico"} or not path.is_file():
            continue
        content = path.read_text(encoding="utf-8", errors="replace")
        wrong += [(name, word) for word in ("/work/", "TODO", "FIXME", "XXX:", "/root/") if word in content]
    assert wrong == []


def _ours() -> list[str]:
    if (ROOT / ".git").exists() and (git := shutil.which("git")):
        tracked = subprocess.run([git, "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
        return tracked.stdout.splitlines()
    there = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
    return [str(path) for path in there if not NOT_OURS & set(path.parts)]
