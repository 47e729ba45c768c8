"""Distils published descriptions into the facts that tests hold the product to.

    python -m tests.contracts.distil FOLDER

FOLDER has the descriptions as their owners publish them; they are not ours to copy. What is kept is which calls there
are with which parameters, and of bodies and answers the names, types, lengths, choices, and what is required or only
shown; and only of what the bot or its stand-ins use. Texts, examples and everything else stay behind. The same
descriptions give the same files, byte for byte. `contract.py` reads them, and says what the facts look like.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.contracts.by_example import by_example, observed
from tests.contracts.flattened import flattened
from tests.contracts.sequences import Sequences
from tests.contracts.spiris import spiris
from tests.contracts.used import (
    ELSEWHERE,
    FORTNOX,
    FORTNOX_EMPLOYEE,
    FORTNOX_LISTS,
    KLEER,
    MANIFEST,
    PATCHED,
    PAXML,
    PAYROLL_DEFAULTS,
    POWEROFFICE_GO,
    SIMPLOYER,
    TRIPLETEX,
    VISMA_NET,
    WRITTEN,
)

HERE, WIDTH = Path(__file__).parent, 110
Facts = dict[str, Any]

UNSAID = {"description", "example", "title", "default", "discriminator", "_note"}
"""What says nothing about which values are right. Any other word that is unknown here stops the script."""
FORMATS = {"date", "date-time"}
XS = "{http://www.w3.org/2001/XMLSchema}"


class Shapes:
    """The facts of a description's schemas; `seen` are those that were named and so are needed as well.

    Of the shapes in `kept` only the properties that it names are kept.
    """

    def __init__(self, schemas: Mapping[str, Any], kept: Mapping[str, Sequence[str]] | None = None) -> None:
        self._schemas = schemas
        self._kept = kept or {}
        self.seen: dict[str, Any] = {}

    def fact(self, schema: Mapping[str, Any]) -> Any:
        """One type as `contract.py` describes it. Raises ValueError for what it could not say."""
        if "$ref" in schema:
            name = str(schema["$ref"]).rsplit("/", 1)[-1]
            if name not in self.seen:
                self.seen[name] = None
                self.seen[name] = self.fact(self._pruned(name))
            return f"@{name}"
        said = {key: value for key, value in schema.items() if key not in UNSAID and key[:2] != "x-"}
        if on_create := schema.get("x-required-on-create"):
            said["x-required-on-create"] = on_create
        optional = "?" if said.pop("nullable", False) else ""
        kind = said.pop("type", "any")
        made = self._enum(said) if "enum" in said else getattr(self, f"_{kind}")(said)
        said.pop("readOnly", None)
        said.pop("writeOnly", None)
        if said or (optional and not isinstance(made, str)):
            raise ValueError(f"no fact for {sorted(said) or 'nullable'} in {schema}")
        return f"{made}{optional}" if optional else made

    def _pruned(self, name: str) -> Any:
        schema = self._schemas[name]
        if name not in self._kept:
            return schema
        return {**schema, "properties": {key: schema["properties"][key] for key in self._kept[name]}}

    def _enum(self, said: Facts) -> list[str]:
        for bound in ("minLength", "maxLength"):
            said.pop(bound, None)  # the choices say it
        return list(said.pop("enum"))

    def _array(self, said: Facts) -> Facts:
        made = {"each": self.fact(said.pop("items"))}
        counts = {"minItems": "least", "maxItems": "most", "uniqueItems": "distinct"}
        return made | {ours: said.pop(theirs) for theirs, ours in counts.items() if theirs in said}

    def _object(self, said: Facts) -> str | Facts:
        others = said.pop("additionalProperties", None)
        if len(patterns := said.get("patternProperties", {})) == 1 and ".*" in patterns:
            (others,) = said.pop("patternProperties").values()
            counts = {"minProperties": "least", "maxProperties": "most"}
            return {"values": self.fact(others)} | {
                ours: said.pop(theirs) for theirs, ours in counts.items() if theirs in said
            }
        if isinstance(others, dict):
            return {"values": self.fact(others)}
        if "properties" not in said:
            return "object"
        properties = said.pop("properties")
        made: Facts = {"properties": {name: self.fact(schema) for name, schema in properties.items()}}
        if required := said.pop("required", None):
            made["required"] = required
        if shown := [name for name, schema in properties.items() if schema.get("readOnly")]:
            made["shown"] = shown
        if on_create := said.pop("x-required-on-create", None):
            made["needed_by_new"] = on_create
        if others is False:
            made["closed"] = True
        return made

    def _any(self, said: Facts) -> str | Facts:
        return self._object(said) if "properties" in said else "any"

    def _string(self, said: Facts) -> str | Facts:
        word = wanted if (wanted := said.pop("format", "")) in FORMATS else "string"
        word += _bounds(said.pop("minLength", 0) or None, said.pop("maxLength", None))
        # One description says `regex` where JSON Schema says `pattern`.
        pattern = said.pop("pattern", None) or said.pop("regex", None)
        return {"word": word, "like": pattern} if pattern else word

    def _number(self, said: Facts, kind: str = "number") -> str:
        said.pop("format", None)
        return kind + _bounds(said.pop("minimum", None), said.pop("maximum", None))

    def _integer(self, said: Facts) -> str:
        return self._number(said, "integer")

    def _boolean(self, said: Facts) -> str:
        return "boolean"


def _bounds(least: Any, most: Any) -> str:
    return ("" if least is None else f">={least}") + ("" if most is None else f"<={most}")


def openapi(
    described: Mapping[str, Any], calls: Iterable[str], kept: Mapping[str, Sequence[str]] | None = None
) -> Facts:
    """The named calls of an OpenAPI description and every shape that they need. Raises KeyError for a call it lacks."""
    shapes = Shapes(described["components"]["schemas"], kept)
    operations = {call: _operation(described, call, shapes) for call in calls}
    return {"source": _source(described), "operations": operations, "shapes": dict(sorted(shapes.seen.items()))}


def _source(described: Mapping[str, Any]) -> str:
    return f"{described['info']['title']} {described['info']['version']}"


def _operation(described: Mapping[str, Any], call: str, shapes: Shapes) -> Facts:
    method, path = call.split(" ")
    operation = described["paths"][path][method.lower()]
    asked = [parameter for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
    made: Facts = {}
    if asked:
        made["parameters"] = {parameter["name"]: shapes.fact(parameter["schema"]) for parameter in asked}
    if required := [parameter["name"] for parameter in asked if parameter.get("required")]:
        made["required"] = required
    if (body := _schema(operation.get("requestBody", {}))) is not None:
        made["body"] = shapes.fact(body)
    succeeded = {status: _schema(answer) for status, answer in operation["responses"].items() if status[0] == "2"}
    if answers := {status: shapes.fact(schema) for status, schema in succeeded.items() if schema is not None}:
        made["answers"] = answers
    return made


def _schema(message: Mapping[str, Any]) -> Any:
    """That of a body or an answer; None where there is none."""
    contents: Mapping[str, Any] = message.get("content", {})
    return next((content.get("schema") for content in contents.values()), None)


def tripletex(folder: Path) -> Facts:
    """The calls, and what the last version that stated lengths and required properties said about them."""
    made = openapi(_read(folder / "tripletex_openapi.json"), TRIPLETEX, ELSEWHERE)
    older = _read(folder / "tripletex_openapi_2.71.30_with_required.json")
    made["stated_before"] = {"source": _source(older), "shapes": {}}
    for name in WRITTEN:
        schema = older["components"]["schemas"][name]
        lengths = {key: one["maxLength"] for key, one in schema["properties"].items() if "maxLength" in one}
        made["stated_before"]["shapes"][name] = {"required": schema.get("required", []), "lengths": lengths}
    return made


def poweroffice_go(folder: Path) -> Facts:
    """The calls; what a change may name is published apart from the rest, and so is how a list is asked for."""
    described = _read(folder / "poweroffice_go_v2.json")
    schemas = described["components"]["schemas"]
    paging = [
        {"in": "query", "name": name, "schema": schema}
        for name, schema in schemas["ResourceParameters"]["properties"].items()
    ]
    for schema in schemas.values():
        if "enum" in schema and schema.pop("nullable", False):
            schema["enum"] = [*schema["enum"], None]
        for inner in schema.get("properties", {}).values():
            if inner.get("type") == "array":
                inner.pop("nullable", None)
    for operations in described["paths"].values():
        for operation in operations.values():
            asked = operation.get("parameters", [])
            if any(parameter["name"] == "resourceParameter" for parameter in asked):
                others = [parameter for parameter in asked if parameter["name"] != "resourceParameter"]
                operation["parameters"] = [*others, *paging]
    described["info"]["title"] = "PowerOffice Go API"
    made = openapi(described, POWEROFFICE_GO, {"PayrollSettingsDto": PAYROLL_DEFAULTS})
    fields = _read(folder / "poweroffice_go_v2_patch_fields.json")
    for call, shape in PATCHED.items():
        operation = {"op": ["add", "replace", "remove"], "path": _pointers(fields, shape), "value": "any"}
        made["operations"][call]["body"] = {"each": {"properties": operation, "required": ["op", "path"]}}
    for unused in ("JsonPatchDocument", "Operation"):
        made["shapes"].pop(unused)
    return made


def fortnox(folder: Path) -> Facts:
    """The calls. It is a part of a description of everything, whose names say so, and lists have pages."""
    described = _read(folder / "fortnox_openapi_2026-03.json")
    described["info"] = {"title": "Fortnox API", "version": "3, March 2026"}
    kept = {"fortnox_Employee": FORTNOX_EMPLOYEE, "fortnox_EmployeeListItem": ("@url", *FORTNOX_EMPLOYEE)}
    for call in FORTNOX_LISTS:
        operation = described["paths"][call.split(" ")[1]]["get"]
        paging = [{"in": "query", "name": name, "schema": {"type": "integer"}} for name in ("page", "limit")]
        operation["parameters"] = [*operation.get("parameters", []), *paging]
    return openapi(described, FORTNOX, kept)


def _pointers(fields: Mapping[str, Mapping[str, str]], shape: str) -> list[str]:
    """The places that a change of a shape may name; one that is a shape itself is named by its parts."""
    return [
        f"/{name}{inner}"
        for name, kind in fields[shape].items()
        for inner in (_pointers(fields, kind) if kind in fields else ("",))
    ]


class Schema:
    """The elements of an XML schema in which every type has a name, as PAXml's has."""

    def __init__(self, root: ET.Element) -> None:
        self._root = root
        self._types = {str(one.get("name")): one for one in root if one.tag != f"{XS}element"}

    def elements(self, parts: Iterable[str]) -> Facts:
        """The root element, with only these `parts` in it."""
        root = self._root.find(f"{XS}element")
        assert root is not None
        (holder,) = root.iter(f"{XS}all")
        for one in [one for one in holder if one.get("name") not in set(parts)]:
            holder.remove(one)
        return {"source": f"{root.get('name')} 2.0", "root": root.get("name"), "node": self._complex(root[0])}

    def _type(self, name: str) -> Any:
        if name.startswith("xs:"):
            return {"dateTime": "date-time", "int": "integer"}.get(name[3:], name[3:])
        found = self._types[name]
        return self._complex(found) if found.tag == f"{XS}complexType" else self._simple(found)

    def _simple(self, found: ET.Element) -> Any:
        (restriction,) = found
        said = [(one.tag.removeprefix(XS), str(one.get("value"))) for one in restriction]
        if choices := [value for name, value in said if name == "enumeration"]:
            return choices
        said = [("minInclusive", "0.01") if one == ("minExclusive", "0") else one for one in said]  # of two decimals
        signs = {"minLength": ">=", "minInclusive": ">=", "maxLength": "<=", "maxInclusive": "<="}
        bounds = "".join(signs[name] + value for name, value in said if name in signs)
        return self._type(str(restriction.get("base"))) + bounds

    def _complex(self, found: ET.Element) -> Facts:
        made: Facts = {}
        required: list[str] = []
        for part in found:
            name = part.tag.removeprefix(XS)
            if name == "simpleContent":
                (extension,) = part
                made["text"] = self._type(str(extension.get("base")))
                self._attributes(extension, made, required)
            elif name in ("all", "sequence"):
                elements = {str(one.get("name")): self._type(str(one.get("type"))) for one in part}
                made["elements"] = elements
                required += [str(one.get("name")) for one in part if one.get("minOccurs") != "0"]
                if part.get("maxOccurs") == "unbounded":
                    made["repeated"] = True
        self._attributes(found, made, required)
        return made | ({"required": required} if required else {})

    def _attributes(self, holder: ET.Element, made: Facts, required: list[str]) -> None:
        for one in holder.iterfind(f"{XS}attribute"):
            made.setdefault("attributes", {})[str(one.get("name"))] = self._type(str(one.get("type")))
            required += [f"@{one.get('name')}"] if one.get("use") == "required" else []


def paxml(folder: Path) -> Facts:
    """What a file of people, or of their absence, may have in it."""
    return Schema(ET.parse(folder / "paxml-2.0.xsd").getroot()).elements(PAXML)


def agda_ps(folder: Path) -> Facts:
    """Which element of a Person XML stands where, in their order, and which attributes it has."""
    root = ET.parse(folder / "agda_person_structure.xml").getroot()
    return {
        "source": "Simployer's help centre and a public export of another HR system; Agda PS publishes no schema",
        "root": root.tag,
        "node": _structure(root),
    }


def _structure(element: ET.Element) -> Any:
    made: Facts = {"attributes": dict.fromkeys(element.attrib, "string")} if element.attrib else {}
    elements: Facts = {}
    for inner in element:
        found = _structure(inner)
        known = elements.setdefault(inner.tag, found)
        if known != found:
            known["elements"] |= found["elements"]
    return made | {"elements": elements} if elements else "string"


def kleer(folder: Path) -> Facts:
    """What is said and taken, by the name of its root. Where it is said is not published with it."""
    schema = ET.parse(folder / "kleer_v1.xsd").getroot()
    return {"source": "api.kleer.se/v1/xsd, August 2025", "roots": Sequences(schema).roots(KLEER)}


def slack_manifest(folder: Path) -> Facts:
    """The parts of an app's manifest that ours has."""
    described = _read(folder / "slack-manifest.schema.2.0.0.json")
    whole = {key: value for key, value in described.items() if key not in ("definitions", "$schema")}
    shapes = Shapes({**described["definitions"], "manifest": whole}, MANIFEST)
    shapes.fact({"$ref": "manifest"})
    return {"source": "Slack app manifest schema 2.0.0", "shapes": dict(sorted(shapes.seen.items()))}


MADE: Mapping[str, Callable[[Path], Facts]] = {
    "agda_ps": agda_ps,
    "fortnox": fortnox,
    "kleer": kleer,
    "paxml": paxml,
    "poweroffice_go": poweroffice_go,
    "simployer": lambda folder: openapi(_read(folder / "simployer_openapi.json"), SIMPLOYER),
    "slack_manifest": slack_manifest,
    "spiris_lon": lambda folder: openapi(*spiris(_read(folder / "spiris_lon_v2_trimmed.json"))),
    "tidsbanken": lambda folder: observed(_read(folder / "tidsbanken_v3_observed.json")),
    "tripletex": tripletex,
    "twentyfour_seven_office": lambda folder: by_example(_read(folder / "twentyfour_seven_payroll_v2.json")),
    "visma_net": lambda folder: openapi(_read(folder / "visma_employee_v2_RECONSTRUCTED.json"), VISMA_NET),
    "xledger": lambda folder: flattened(_read(folder / "xledger_fields.json")),
}
"""By the name of the file."""


def distilled(name: str, folder: Path) -> str:
    """What `<name>.json` is for the descriptions of a folder."""
    return "".join(f"{line}\n" for line in _lines(MADE[name](folder)))


def _lines(value: Any, before: str = "", depth: int = 0, after: str = "") -> Iterator[str]:
    """JSON with as much on a line as it takes."""
    margin = "  " * depth
    short = f"{margin}{before}{_json(value)}{after}"
    if len(short) <= WIDTH or not isinstance(value, dict | list):
        yield short
    elif isinstance(value, list):
        yield f"{margin}{before}["
        line = ""
        for place, item in enumerate(value):
            part = _json(item) + ("," if place < len(value) - 1 else "")
            if line and len(margin) + len(line) + len(part) > WIDTH:
                yield f"{margin}  {line}"
                line = ""
            line += f" {part}" if line else part
        yield f"{margin}  {line}"
        yield f"{margin}]{after}"
    else:
        yield f"{margin}{before}{{"
        for place, (key, item) in enumerate(value.items()):
            yield from _lines(item, f"{_json(key)}: ", depth + 1, "," if place < len(value) - 1 else "")
        yield f"{margin}}}{after}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read(file: Path) -> Any:
    return json.loads(file.read_bytes())


if __name__ == "__main__":
    for system in MADE:
        (HERE / f"{system}.json").write_text(distilled(system, Path(sys.argv[1])), encoding="utf-8")
