"""Which code an integration is read, checked, mapped and compared with: where one build found nothing, another one may.

What counts is declared here and nowhere else: `SHARED` and `LIBRARIES` for everybody, and the folders of the
integration's own source and target. Of a module only its code counts, by its syntax tree: comments, docstrings and
formatting change nothing. A number that somebody has to raise would do with less, but whoever forgets it leaves people
unread, and no test can tell that a line which was changed should have raised it.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import marshal
import os
import pkgutil
import threading
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

SHARED = (
    "bot.core.likeness",
    "bot.core.log_config",
    "bot.core.mailbox",
    "bot.core.ownership",
    "bot.core.private_words",
    "bot.core.rights_learnt",
    "bot.core.swedish_number",
    "bot.core.text",
    "bot.core.value_codec",
    "bot.domain",
    "bot.providers",
    "bot.providers.kit",
    "bot.sync",
    "bot.sync.apply",
    "bot.sync.checks",
    "bot.sync.compare",
    "bot.sync.plan",
)
"""Modules, and packages of which the modules directly in them count: a package in a package is named itself."""

UNCOUNTED = frozenset(
    {
        "bot.domain.leave_ledger",
        "bot.domain.leave_settings",
        "bot.domain.notification_policy",
        "bot.domain.run_remark",
    }
)
"""Modules of `SHARED` that only tell people what came of a run, or are about absence, which is read whole each time."""

LIBRARIES = ("babel", "personnummer", "phonenumbers", "python-stdnum")
"""Distributions that say whether a value is a valid one, and what it is in a target's words."""

_PROVIDERS = ("bot", "providers")

_BLOCKS = frozenset({"body", "orelse", "finalbody"})
"""Where lines of code stand in a node."""

_ONE_AT_A_TIME = threading.Lock()


@cache
def code_version(source: type, target: type) -> str:
    """A digest of the code that people of this source are brought to this target with.

    It reads some eighty files the first time, in about a quarter of a second: to be called in a thread.
    """
    digest = hashlib.sha256()
    for name in counted(source, target):
        digest.update(f"{name}\x1e{_digest_of(name)}\x1e".encode())
    for library in LIBRARIES:
        digest.update(f"{library}\x1e{_release_of(library)}\x1e".encode())
    return digest.hexdigest()


def counted(source: type, target: type) -> list[str]:
    """The modules that count for an integration of this source and this target, by name."""
    names = {name for shared in SHARED for name in _modules(shared, deep=False)} - UNCOUNTED
    for provider in (source, target):
        names.update(_modules(_folder_of(provider), deep=True))
    return sorted(names)


def code_digest(code: str) -> str:
    """The same for two texts of a module that differ in comments, docstrings or formatting alone."""
    return _digest_of_tree(syntax_tree(code))


def syntax_tree(code: str) -> ast.Module:
    """The tree of a module; whoever parses while the bot runs does it here.

    Python 3.11 may fail to parse in two threads at once ("AST constructor recursion depth mismatch").
    """
    with _ONE_AT_A_TIME:
        return ast.parse(code)


def _digest_of_tree(tree: ast.AST) -> str:
    said: list[str] = []
    _note(tree, said)
    return hashlib.sha256("\x1e".join(said).encode()).hexdigest()


def _note(value: Any, said: list[str]) -> None:
    """What `ast.dump` would say without readers' words, in half its time: each kind of node has its fields."""
    if isinstance(value, ast.AST):
        said.append(type(value).__name__)
        for name in value._fields:
            part = getattr(value, name, None)
            if isinstance(part, list) and name in _BLOCKS:
                part = [line for line in part if not _is_text(line)]
            _note(part, said)
    elif isinstance(value, list):
        said.append(f"[{len(value)}")
        for one in value:
            _note(one, said)
    else:
        said.append(repr(value))


def _is_text(line: Any) -> bool:
    """A docstring, or a text that stands where one would."""
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


@cache
def _digest_of(name: str) -> str:
    spec = find_spec(name)
    loader: Any = spec.loader if spec is not None else None
    try:
        if (text := loader.get_source(name)) is not None:
            return code_digest(text)
        # Shipped without its source: another build of the same code may look like another, which is safe.
        return hashlib.sha256(marshal.dumps(loader.get_code(name))).hexdigest()
    except (AttributeError, ImportError, OSError):
        return os.urandom(16).hex()  # nothing to tell builds apart by: this process recognises what it saw itself


def _modules(name: str, *, deep: bool) -> Iterator[str]:
    yield name
    spec = find_spec(name)
    if spec is None:
        return
    for module in pkgutil.iter_modules(spec.submodule_search_locations or ()):
        if deep or not module.ispkg:
            yield from _modules(f"{name}.{module.name}", deep=deep)


def _folder_of(provider: type) -> str:
    """The provider's folder; elsewhere, in tests, the module alone."""
    pieces = provider.__module__.split(".")
    inside = tuple(pieces[:2]) == _PROVIDERS and len(pieces) > 2
    return ".".join(pieces[:3]) if inside else provider.__module__


def _release_of(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return ""
