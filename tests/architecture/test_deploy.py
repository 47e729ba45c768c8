"""What is in `deploy` keeps the rules: nobody is root, nothing secret is written down, and every name is a real one."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core import metrics
from bot.metrics_server import HEALTH_PATH, READY_PATH, DatabaseGauges
from bot.secret_source import NAMES
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
KNOWN = {name.upper() for name in Settings.model_fields} | {f"{name}_FILE" for name in NAMES}
NOT_OURS = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
HANDOVER_SECONDS = 30
USER = 10001


def dockerfile() -> list[tuple[str, str]]:
    """Instruction and rest of each."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines if line.strip()]


def of(kind: str) -> list[str]:
    return [rest for instruction, rest in dockerfile() if instruction == kind]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def manifests() -> dict[str, dict[str, Any]]:
    """By kind."""
    parts = yaml.safe_load_all((DEPLOY / "kubernetes/bot.yaml").read_text())
    return {part["kind"]: part for part in parts}


def pod() -> dict[str, Any]:
    spec: dict[str, Any] = manifests()["Deployment"]["spec"]["template"]["spec"]
    return spec


def unit() -> list[tuple[str, str]]:
    lines = (DEPLOY / "integration-bot.service").read_text().splitlines()
    return [(name, value) for line in lines if line[:1].isalpha() for name, _, value in [line.partition("=")]]


def environments() -> Iterator[tuple[str, str, str]]:
    """Where, name and value of every variable of the bot's."""
    for rest in of("ENV"):
        yield from (("Dockerfile", *pair.split("=", 1)) for pair in rest.split())  # type: ignore[misc]
    yield from (("compose", name, value) for name, value in compose()["services"]["bot"]["environment"].items())
    yield from (("kubernetes", one["name"], one["value"]) for one in pod()["containers"][0]["env"])
    yield from (("kubernetes", name, value) for name, value in manifests()["ConfigMap"]["data"].items())
    for name, value in unit():
        if name == "Environment":
            yield "systemd", *value.split("=", 1)  # type: ignore[misc]


def test_every_variable_is_a_setting() -> None:
    wrong = [(where, name) for where, name, _ in environments() if name not in KNOWN | NOT_OURS]
    assert wrong == []


def test_no_secret_is_written_down() -> None:
    secret = [
        (where, name) for where, name, value in environments() if name in NAMES and value and "sqlite" not in value
    ]
    assert secret == []
    assert "Secret" not in manifests()
    database = compose()["services"]["database"]["environment"]
    assert [name for name in database if "PASSWORD" in name] == ["POSTGRES_PASSWORD_FILE"]
    assert all(set(one) == {"file"} for one in compose()["secrets"].values())
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            assert not re.search(r"xox[bp]-|xapp-|://[^/\s:]+:[^<@\s]+@", path.read_text()), path


def test_every_secret_that_is_read_is_given() -> None:
    bot = compose()["services"]["bot"]
    named = {Path(value).name for name, value in bot["environment"].items() if name.endswith("_FILE")}
    assert named == set(bot["secrets"])
    assert named <= set(compose()["secrets"])
    mounted = {one["mountPath"] for one in pod()["containers"][0]["volumeMounts"]}
    read = {str(Path(one["value"]).parent) for one in pod()["containers"][0]["env"] if one["name"].endswith("_FILE")}
    assert read <= mounted


def test_the_image_is_of_the_lock_file_and_nobody_in_it_is_root() -> None:
    assert all(tag == "${PYTHON}" for tag in (rest.split()[0] for rest in of("FROM")))
    assert of("ARG") == ["PYTHON=python:3.11-slim-bookworm"]
    assert "--require-hashes -r requirements.lock" in of("RUN")[0]
    assert of("USER") == [f"{USER}:{USER}"]
    assert not of("ADD")
    assert json.loads(of("ENTRYPOINT")[0]) == ["python", "-m", "bot"]
    assert HEALTH_PATH in of("HEALTHCHECK")[0]


def test_what_the_image_copies_is_there_and_let_in() -> None:
    let_in = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = {name for rest in of("COPY") if "--from" not in rest for name in rest.split()[:-1]}
    assert {name.removeprefix("./") for name in copied} == let_in
    assert all((ROOT / name).exists() for name in let_in)


def test_containers_run_without_rights_on_a_root_that_is_read_only() -> None:
    bot = compose()["services"]["bot"]
    assert (bot["read_only"], bot["cap_drop"], bot["user"]) == (True, ["ALL"], f"{USER}:{USER}")
    assert all(one["security_opt"] == ["no-new-privileges:true"] for one in compose()["services"].values())
    assert all(port.startswith("127.0.0.1:") for port in bot["ports"])
    (container,) = pod()["containers"]
    assert pod()["securityContext"]["runAsNonRoot"] is True
    assert pod()["securityContext"]["runAsUser"] == USER
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod()["automountServiceAccountToken"] is False
    assert container["resources"]["limits"]["memory"]


def test_images_have_a_version() -> None:
    assert compose()["services"]["bot"]["image"] == f"integration-bot:{VERSION}"
    assert pod()["containers"][0]["image"] == f"integration-bot:{VERSION}"
    assert re.fullmatch(r"postgres:\d+-\w+", compose()["services"]["database"]["image"])


def test_probes_ask_what_is_answered() -> None:
    (container,) = pod()["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    asked = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
    assert {one["port"] for one in asked.values()} == {"metrics"}
    # A database that is away must not have every replica killed.
    assert asked["liveness"]["path"] == HEALTH_PATH
    assert asked["readiness"]["path"] == asked["startup"]["path"] == READY_PATH
    image = dict(pair.split("=", 1) for rest in of("ENV") for pair in rest.split())
    assert str(ports["metrics"]) == image["METRICS_PORT"]
    assert ports["http"] == Settings.model_fields["http_port"].default
    assert {str(port) for port in ports.values()} == set(of("EXPOSE")[0].split())


def test_who_is_stopped_has_the_time_to_hand_over() -> None:
    before = int(pod()["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    assert pod()["terminationGracePeriodSeconds"] >= HANDOVER_SECONDS + before
    assert int(compose()["services"]["bot"]["stop_grace_period"].removesuffix("s")) > HANDOVER_SECONDS
    assert int(dict(unit())["TimeoutStopSec"]) > HANDOVER_SECONDS
    assert dict(unit())["KillSignal"] == of("STOPSIGNAL")[0] == "SIGTERM"


def test_the_service_of_systemd_is_shut_in() -> None:
    said = dict(unit())
    assert said["User"] != "root"
    assert (said["NoNewPrivileges"], said["ProtectSystem"], said["UMask"]) == ("yes", "strict", "0077")
    assert said["ExecStart"].endswith("python -m bot run")


def given_out() -> set[str]:
    """Every name that a collector can be given."""
    found = set()
    for registry in (metrics.REGISTRY, DatabaseGauges().registry):
        for family in registry.collect():
            ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(family.type, [""])
            found |= {family.name + end for end in ends}
    return found


def asked_for(name: str) -> set[str]:
    return set(re.findall(r"\bintegration_bot_\w+", (DEPLOY / name).read_text()))


@pytest.mark.parametrize("name", ["alerts.yaml", "grafana-dashboard.json"])
def test_every_metric_that_is_asked_for_is_given_out(name: str) -> None:
    assert sorted(asked_for(name) - given_out()) == []


def test_every_metric_is_on_the_dashboard() -> None:
    shown = asked_for("grafana-dashboard.json")
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in given_out()}
    assert sorted(one for one in families if not any(name.startswith(one) for name in shown)) == []


def test_every_alert_leads_to_a_heading_of_the_runbook() -> None:
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs/runbook.md").read_text(), flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    (group,) = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"]
    led_to = [rule["annotations"]["runbook"].partition("#") for rule in group["rules"]]
    assert {page for page, _, _ in led_to} == {"docs/runbook.md"}
    assert [anchor for _, _, anchor in led_to if anchor not in anchors] == []
    assert all(rule["labels"]["severity"] in ("page", "ticket") for rule in group["rules"])
