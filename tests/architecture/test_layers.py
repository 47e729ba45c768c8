"""The order of the layers, and what modules may import and be called; `docs/architecture.md` explains it."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_OURS = {".venv", ".git", ".demo", "artifacts", "build", "__pycache__", ".mypy_cache", ".ruff_cache",
            ".pytest_cache", ".hypothesis", ".env"}  # fmt: skip
"""As `.gitignore` has them."""

PACKAGES = ("bot", "storage", "sandbox", "tests", "benchmarks")

# From the lowest to the highest; a module imports from its own layer and from lower ones.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("bot.core",),
    ("bot.domain",),
    ("bot.locales",),
    ("bot.providers.declaration",),
    ("bot.providers.token_keeper", "bot.providers.field_spec"),
    ("bot.providers.errors", "bot.providers.protocol"),
    ("bot.providers.leave_protocol", "bot.providers.shown_people", "bot.providers.consent"),
    ("bot.providers.kit",),
    ("bot.providers.<system>",),
    ("bot.providers.registry",),
    ("bot.secret_source", "bot.settings"),
    ("bot.sync",),
    (
        "bot.connections",
        "bot.accounts",
        "bot.audit_trail",
        "bot.kept_tokens",
        "bot.key_check",
        "bot.operator",
        "bot.person_names",
        "bot.person_requests",
        "bot.privacy",
    ),
    ("bot.jobs",),
    ("bot.views",),
    ("bot.slack",),
    ("bot.notify",),
    ("bot.handlers",),
    (
        *("bot.app", "bot.replica", "bot.worker_process", "bot.__main__", "bot.diagnostics", "bot.metrics_server"),
        "bot.provider_tools",
    ),
)

PROVIDER_MAY_IMPORT = (
    *("bot.core", "bot.domain", "bot.locales"),
    *("bot.providers.errors", "bot.providers.protocol", "bot.providers.leave_protocol", "bot.providers.kit"),
    *("bot.providers.consent", "bot.providers.shown_people"),
)

# (who, may not import), beyond the order of the layers
FORBIDDEN = [
    ("bot", "sandbox"),
    ("bot", "tests"),
    ("bot", "benchmarks"),
    ("storage", "bot"),
    ("storage", "sandbox"),
    ("storage", "tests"),
    ("storage", "benchmarks"),
    ("sandbox", "bot"),
    ("sandbox", "storage"),
    ("sandbox", "tests"),
    ("sandbox", "benchmarks"),
    ("bot.core", "storage"),
    ("bot.domain", "storage"),
    ("bot.locales", "storage"),
    ("bot.providers", "storage"),
    ("bot.settings", "storage"),
    ("bot.sync", "storage"),
    ("bot.views", "storage"),
    ("bot.views", "bot.jobs"),
    ("bot.views", "slack_sdk.web"),
]

# A library, and the only rooms that know of it
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "slack_sdk": ("bot.views", "bot.slack", "bot.notify", "bot.handlers", "bot.diagnostics"),
    "slack_bolt": ("bot.slack", "bot.handlers"),
    "httpx": ("bot.providers.kit",),
    "asyncssh": ("bot.providers.kit",),
    "dbos": ("bot.jobs.engine",),
    "sqlalchemy": ("storage", "bot.jobs"),
}

# Folders of tests that go through many rooms, and so stand beside none
TESTS_BESIDE_THE_TREE = {"architecture", "benchmarks", "chaos", "contracts", "e2e", "fixtures", "fuzz", "support"}

# Names of tests that stand for no one module, and why
TESTS_OF_NO_ONE_MODULE: Mapping[str, str] = {
    "tests/sync/leave/test_edge_cases_*": "numbered situations, each from the rows of a source to a target",
    "tests/handlers/edit/test_edits": "the edits that share a form, one after the other in one office",
    "tests/handlers/runs/test_next_step": "the step that each report offers next, through several conversations",
    "tests/providers/test_requests": "every request of every provider against the published descriptions",
    "tests/jobs/runs/test_version_before": "a database of the version before, opened and finished by this one",
    "tests/sync/test_end_to_end": "source, plan and target together",
    "tests/sync/test_one_of_many": "source, checks, plan and target together, with one person whose rows are broken",
    "tests/sync/test_until_quiet": "source, plan and target together, with made-up people",
    "tests/providers/*/test_desired": "what is desired of a person and of an employment, which one call gives",
    "tests/providers/test_standard": "the suite that every provider passes",
    "tests/providers/*/test_standard": "the suite that every provider passes",
    "tests/providers/*/test_end_to_end": "an administrator connects the system in Slack and syncs",
    "tests/providers/*/test_runs": "deliveries as runs make them",
    "tests/providers/*/test_known_refusals": "each rule of the stand-in's refusals, from the plan to the system",
    "tests/providers/*/test_openssh": "deliveries into OpenSSH's own server",
}

MAX_LINES = 400
EMPTY_NAMES = {"utils", "util", "helpers", "common", "misc"}


@cache
def modules() -> dict[str, Path]:
    """All modules of the tree by their dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def of(*packages: str) -> dict[str, Path]:
    return {name: path for name, path in modules().items() if any(within(name, package) for package in packages)}


@cache
def told(path: Path) -> tuple[ast.Import | ast.ImportFrom | ast.ClassDef, ...]:
    """The imports and classes of a module, wherever in it. No expression has one inside, so none is looked into."""
    found: list[ast.Import | ast.ImportFrom | ast.ClassDef] = []
    left: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while left:
        node = left.pop()
        if isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef):
            found.append(node)
        left += (each for each in ast.iter_child_nodes(node) if not isinstance(each, ast.expr))
    return tuple(found)


@cache
def imports(path: Path) -> frozenset[str]:
    """What a module imports: of our own the modules, of libraries the dotted names."""
    found: set[str] = set()
    for node in told(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: an import names the whole module"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                ours = str(node.module).split(".")[0] in PACKAGES
                found.add(full if full in modules() or not ours else str(node.module))
    return frozenset(found)


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def system_of(name: str) -> str | None:
    """The package of the system that a module belongs to: `bot.providers.tripletex`."""
    parts = name.split(".")
    is_system = (
        len(parts) > 2
        and parts[:2] == ["bot", "providers"]
        and parts[2] != "kit"
        and (ROOT / "bot/providers" / parts[2]).is_dir()
    )
    return ".".join(parts[:3]) if is_system else None


def layer_of(name: str) -> int | None:
    wanted = "bot.providers.<system>" if system_of(name) else name
    return next((at for at, layer in enumerate(LAYERS) if any(within(wanted, each) for each in layer)), None)


def test_every_module_of_the_bot_has_its_layer() -> None:
    namespaces = {"bot", "bot.providers"}
    assert [name for name in of("bot") if layer_of(name) is None and name not in namespaces] == []


def test_no_import_goes_up() -> None:
    wrong = []
    for name, path in of("bot").items():
        own = layer_of(name)
        for imported in imports(path):
            other = layer_of(imported)
            if own is not None and other is not None and other > own:
                wrong.append(f"{name} imports {imported}")
    assert wrong == []


@pytest.mark.parametrize(("who", "whom"), FORBIDDEN)
def test_what_a_room_must_not_know(who: str, whom: str) -> None:
    wrong = {
        name: sorted(known)
        for name, path in of(who).items()
        if (known := {imported for imported in imports(path) if within(imported, whom)})
    }
    assert wrong == {}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_known_to_its_rooms_alone(library: str) -> None:
    rooms = LIBRARIES[library]
    wrong = [
        name
        for name, path in of("bot", "storage").items()
        if any(within(imported, library) for imported in imports(path))
        and not any(within(name, room) for room in rooms)
    ]
    assert wrong == []


def test_a_provider_knows_only_itself_and_the_kit() -> None:
    wrong = []
    for name, path in of("bot.providers").items():
        own = system_of(name)
        for imported in imports(path):
            allowed = (*PROVIDER_MAY_IMPORT, own)
            if own and within(imported, "bot") and not any(within(imported, str(each)) for each in allowed):
                wrong.append(f"{name} imports {imported}")
    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: {i for i in imports(path) if i in modules()} for name, path in of("bot", "storage").items()}
    assert circles(graph) == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = defaultdict(set)
    for name, path in of("bot", "storage").items():
        graph[room(name)] |= {room(i) for i in imports(path) if within(i, "bot") or within(i, "storage")} - {room(name)}
    assert circles(graph) == []


def room(name: str) -> str:
    """`bot.jobs` for all below it; a provider's own package, the kit and the protocol are rooms of their own."""
    parts = name.split(".")
    if parts[0] == "storage":
        return "storage"
    return ".".join(parts[: 3 if parts[:2] == ["bot", "providers"] else 2])


def circles(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Each way that leads back to where it began."""
    found: list[str] = []
    done: set[str] = set()

    def follow(name: str, way: list[str]) -> None:
        if name in way:
            found.append(" -> ".join([*way[way.index(name) :], name]))
            return
        if name not in done:
            for following in graph.get(name, ()):
                follow(following, [*way, name])
            done.add(name)

    for name in list(graph):
        follow(name, [])
    return found


def test_circles_are_found() -> None:
    assert circles({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b -> c -> b"]


def test_no_private_name_is_imported() -> None:
    wrong = []
    for name, path in modules().items():
        for node in told(path):
            if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] in PACKAGES:
                parts = [*str(node.module).split("."), *(alias.name for alias in node.names)]
                wrong += [f"{name}: {part}" for part in parts if part.startswith("_") and not part.startswith("__")]
    assert wrong == []


def test_no_module_is_called_after_an_activity() -> None:
    """A module is called after the thing that it holds: `schedule`, not what one does with it."""
    assert [name for name in modules() if name.split(".")[-1].endswith("ing") and is_module(name)] == []


def is_module(name: str) -> bool:
    return modules()[name].name != "__init__.py"


def test_no_class_name_stands_for_two_things() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for name, path in of("bot", "storage").items():
        for node in told(path):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_nothing_is_called_utils() -> None:
    assert [name for name, path in modules().items() if {*path.relative_to(ROOT).parts, path.stem} & EMPTY_NAMES] == []


def test_no_module_has_outgrown_one_subject() -> None:
    code = list(modules().values())
    code += [path for kind in ("*.js", "*.css") for path in (ROOT / "sandbox").rglob(kind)]
    large = {str(path.relative_to(ROOT)): n for path in code if (n := len(path.read_text().splitlines())) > MAX_LINES}
    assert large == {}


def mirrored() -> Iterator[tuple[Path, Path]]:
    """Each file of tests beside which there should be a folder of the tree, and that folder's path below `tests`."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        folder = path.parent.relative_to(ROOT / "tests")
        if not set(folder.parts[:1]) & TESTS_BESIDE_THE_TREE:
            yield path, folder


def beside(folder: Path) -> list[Path]:
    """The folders whose modules are tested in a folder of tests."""
    if folder.parts[:1] in {("storage",), ("sandbox",)}:
        return [path for path in (ROOT / folder,) if path.is_dir()]
    return [path for path in (ROOT / "bot" / folder,) if path.is_dir()]


def test_folders_of_tests_mirror_the_tree() -> None:
    assert sorted({str(folder) for _, folder in mirrored() if not beside(folder)}) == []


def test_a_file_of_tests_is_called_after_its_module() -> None:
    wrong, used = [], set()
    for path, folder in mirrored():
        if folder.parts[:1] == ("sandbox",):
            continue  # a stand-in is one subject, told from several sides
        known = {part.stem for place in beside(folder) for part in place.iterdir() if part.suffix in {".py", ""}}
        known |= {folder.name}
        stem = path.stem.removeprefix("test_")
        excused = [each for each in TESTS_OF_NO_ONE_MODULE if path.relative_to(ROOT).with_suffix("").match(each)]
        used.update(excused)
        if not excused and not any(stem == name or stem.startswith(name + "_") for name in known if name):
            wrong.append(str(path.relative_to(ROOT)))
    assert wrong == []
    assert set(TESTS_OF_NO_ONE_MODULE) == used, "an excuse that nothing needs any more"


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
