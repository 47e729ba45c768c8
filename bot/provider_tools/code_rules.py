"""Rules for the code of a provider: they read it, so that they hold where no test of the provider looks.

Each is about a promise that one line can break for one system while everything else stays green: a private value in
a repr, a call past the client that bounds and redacts, an amount that went through a float, a failure that nobody
hears of, a write without a look at whose company it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LINES = 900
"""What a provider may have, absence apart: more says that the kit lacks something."""

_LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
_PRIVATE = {"token", "secret", "password", "passphrase", "credentials", "identity", "iban", "salary", "wage", "amount"}
_PRIVATE |= {"birth", "born", "bank", "private", "reason", "verbatim", "content", "email", "phone", "address"}
_WHOLE_ROWS = {
    "Sequence[Json]",
    "Sequence[ET.Element]",
    "list[Json]",
    "tuple[Json, ...]",
    "Json",
    "ET.Element",
    "Element",
    "dict[str, Any]",
    "Mapping[str, Any]",
    "Record",
}
_SAYS_NOTHING = ("bool", "int", "Callable", "ClassVar", "Text", "tuple[CredentialField")
_NETWORK = {"aiohttp", "asyncssh", "ftplib", "http", "httpx", "paramiko", "requests", "smtplib", "socket", "ssl"}
_NETWORK |= {"urllib3", "websockets"}
_EVERYTHING = {"BaseException", "Exception"}
_UNNAMED = _EVERYTHING | {"OSError", "RuntimeError"}
_OF_OTHERS = {"source_id", "target_id", "employee_id", "parent_id", "number", "name", "first_name", "last_name", "body"}
_OF_OTHERS |= {"verbatim", "row", "rows", "words", "content", "text"}
_REASONED = re.compile(r"# noqa: [A-Z0-9, ]+ - \w+")
_RECONNECT = {
    ("expected_account",): "nobody looks whether the credentials still lead to the integration's company",
    ("wrong_account", "WrongAccount"): "another company than the integration's is not told as such",
    ("credentials", "CredentialsRefused"): "refused credentials are not told as such, so nobody is asked for new ones",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """Where a rule does not hold, and what to do instead."""

    rule: str
    path: str
    line: int
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.remedy}"


Rule = Callable[[ast.Module], Iterator[tuple[int, str]]]


def private_repr(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Fields of dataclasses that hold something private, or a whole row, are left out of the repr."""
    for made in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        if "NamedTuple" in (ast.unparse(base) for base in made.bases):
            for line, name in _private_fields(made):
                yield line, f"`{name}` is shown by every NamedTuple: make it a dataclass with `field(repr=False)`"
        elif any(_is_shown(decorator) for decorator in made.decorator_list) and not _defines(made, "__repr__"):
            for line, name in _private_fields(made):
                yield line, f"`{name}` stands in the repr: `field(repr=False)`"


def one_client(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every call goes through the kit, which bounds answers and time, follows no redirect and redacts."""
    for line, name in _imports(tree):
        if name.partition(".")[0] in _NETWORK or name.startswith("urllib.request"):
            yield line, f"`{name}` goes past the kit: use bot/providers/kit/http.py or bot/providers/kit/sftp.py"


def exact_numbers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Pay is read and computed in decimals."""
    for call in _calls(tree):
        if _name(call) == "json.loads" and not any(keyword.arg == "parse_float" for keyword in call.keywords):
            yield call.lineno, "numbers become floats: bot/providers/kit/exact_json.py"
        elif _name(call).endswith(".json") and not call.args:
            yield call.lineno, "numbers become floats: an answer's `body` is read exactly"
        elif _name(call) == "round" and len(call.args) > 1:
            yield call.lineno, "rounding without saying how: `Decimal.quantize`"


def nothing_swallowed(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Whoever catches everything raises again or uses what was caught."""
    for handler in (node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)):
        caught = "BaseException" if handler.type is None else ast.unparse(handler.type)
        inside = [node for statement in handler.body for node in ast.walk(statement)]
        used = any(isinstance(node, ast.Name) and node.id == handler.name for node in inside)
        goes_on = any(isinstance(node, ast.Raise | ast.Call) for node in inside)
        if caught in _EVERYTHING and not used and not goes_on:
            yield handler.lineno, "a failure that nobody hears of: catch the kind that is meant, or tell it"
    for call in _calls(tree):
        if _name(call) in ("suppress", "contextlib.suppress") and _EVERYTHING & {
            ast.unparse(kind) for kind in call.args
        }:
            yield call.lineno, "a failure that nobody hears of: suppress the kind that is meant"


def errors_with_texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What is raised on purpose has a text and advice for whoever reads the report."""
    for raised in (node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc is not None):
        kind = ast.unparse(raised.func if isinstance(raised, ast.Call) else raised)
        if kind in _UNNAMED:
            yield raised.lineno, f"`{kind}` has no text: one of bot/providers/errors.py"


def waits_by_the_kit(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Waiting holds no place, and tests do not wait."""
    for call in _calls(tree):
        blocking = _name(call) == "time.sleep"
        waiting = _name(call) == "asyncio.sleep" and [ast.unparse(seconds) for seconds in call.args] != ["0"]
        if blocking or waiting:
            yield call.lineno, "a wait of its own: the rate limit's and the retries' of the kit"


def log_lines(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """An event is a constant, and nothing of an outside system stands beside it unless `id_of` looked at it."""
    for call in _calls(tree):
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in _LEVELS:
            continue
        if not (isinstance(call.func.value, ast.Name) and call.func.value.id in ("log", "_log")):
            continue
        if call.args and not isinstance(call.args[0], ast.Constant):
            yield call.lineno, "an event is a constant; values go beside it by name"
        if any(keyword.arg in ("exc_info", "stack_info") for keyword in call.keywords) or call.func.attr == "exception":
            yield call.lineno, "a traceback may quote what was read: the error's own log line"
        for value in [*call.args, *(keyword.value for keyword in call.keywords)]:
            if found := next(_of_others(value), None):
                yield call.lineno, f"`{found}` comes from outside: `id_of`"


RULES: Mapping[str, Rule] = {
    rule.__name__: rule
    for rule in (
        private_repr,
        one_client,
        exact_numbers,
        nothing_swallowed,
        errors_with_texts,
        waits_by_the_kit,
        log_lines,
    )
}
"""By name: those that look at one file."""


def breaches_of(text: str, path: str, rules: Mapping[str, Rule] = RULES) -> list[Breach]:
    """What a file's text breaks of rules for one file; a line that says why it is an exception (`# noqa: ... - why`)
    is let through."""
    tree, written = ast.parse(text), text.splitlines()
    found = [Breach(name, path, line, remedy) for name, rule in rules.items() for line, remedy in rule(tree)]
    return [breach for breach in found if not _REASONED.search(written[breach.line - 1])]


def breaches_in(folder: Path, *, lines: int = LINES) -> list[Breach]:
    """What a provider's folder breaks, file by file; `lines` is what it may have."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}
    found = [breach for name, text in texts.items() for breach in breaches_of(text, f"{folder.name}/{name}")]
    found += _reconnect(folder.name, list(texts.values()))
    long = sum(len(text.splitlines()) for name, text in texts.items() if not name.startswith("leave"))
    if long > lines:
        remedy = f"{long} lines, more than {lines}: what the next system needs too is the kit's"
        found.append(Breach("size", folder.name, 1, remedy))
    return found


def _reconnect(provider: str, texts: Sequence[str]) -> Iterator[Breach]:
    trees = [ast.parse(text) for text in texts]
    if not any(_name(call) == "HttpClient" for tree in trees for call in _calls(tree)):
        return
    names = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for any_of, remedy in _RECONNECT.items():
        if names.isdisjoint(any_of):
            yield Breach("reconnect", provider, 1, remedy)


def _of_others(node: ast.AST) -> Iterator[str]:
    """What is read of a row, an answer or a person in an expression, unless `id_of` looks at it first."""
    if isinstance(node, ast.Call):
        name = _name(node).rpartition(".")[2]
        if name in ("id_of", "len", "type"):
            return
        if name == "get":
            yield ast.unparse(node)
    elif (
        isinstance(node, ast.Subscript)
        or (isinstance(node, ast.Attribute) and node.attr in _OF_OTHERS)
        or (isinstance(node, ast.Name) and node.id in _OF_OTHERS)
    ):
        yield ast.unparse(node)
    for inner in ast.iter_child_nodes(node):
        yield from _of_others(inner)


def _private_fields(made: ast.ClassDef) -> Iterator[tuple[int, str]]:
    for field in made.body:
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        name, kind = field.target.id, ast.unparse(field.annotation)
        says_nothing = kind.startswith(_SAYS_NOTHING) or name.endswith("_digest")
        private = _PRIVATE & set(name.split("_")) and not says_nothing
        whole = {part.strip() for part in kind.split("|")} & _WHOLE_ROWS
        hidden = field.value is not None and "repr=False" in ast.unparse(field.value)
        if (private or whole) and not hidden:
            yield field.lineno, name


def _is_shown(decorator: ast.expr) -> bool:
    said = ast.unparse(decorator)
    return said.startswith("dataclass") and "repr=False" not in said


def _defines(made: ast.ClassDef, method: str) -> bool:
    return any(isinstance(node, ast.FunctionDef) and node.name == method for node in made.body)


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names if node.module == "urllib")


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""
