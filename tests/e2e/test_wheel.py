"""What is installed from a wheel has everything it needs, outside any checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from storage.vault import Vault
from tests.support.checkout import ROOT, copied

PACKAGES = ("bot", "storage", "sandbox")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a wheel holds: it is built of a copy, without the network."""
    pytest.importorskip("setuptools", reason="what builds the wheel is not here")
    source, into = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    copied(source, *PACKAGES, "pyproject.toml", "setup.py", "manifest.yml", "README.md", "LICENSE")
    # What is in it, and not what it is called: the metadata are written in a newer way than some setuptools read.
    project = source / "pyproject.toml"
    sections = re.split(r"^(?=\[)", project.read_text(encoding="utf-8"), flags=re.MULTILINE)
    kept = [one for one in sections if one.startswith("[tool.setuptools")]
    project.write_text("".join(['[project]\nname = "built"\nversion = "1"\n', *kept]), encoding="utf-8")
    folders = ["--build-base", str(into / "base"), "--build-lib", str(into / "lib")]
    done = subprocess.run(
        [sys.executable, "setup.py", "-q", "build", *folders],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return into / "lib"


def test_every_file_of_the_packages_is_in_it(built: Path) -> None:
    missing = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not (built / path.relative_to(ROOT)).exists()
    ]
    assert missing == []


def test_the_manifest_is_found_in_it(built: Path, tmp_path: Path) -> None:
    settings = {
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "secret",
        "SLACK_SIGNING_SECRET": "secret",
        "PUBLIC_URL": "https://bot.example",
        "ENCRYPTION_KEYS": Vault.generate_key(),
    }
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "manifest"],
        cwd=tmp_path,
        env=clean | {"PYTHONPATH": str(built)} | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["settings"]["event_subscriptions"]["request_url"].startswith(
        "https://bot.example"
    )
    found = subprocess.run(
        [sys.executable, "-c", "import sandbox.demo; print(sandbox.demo.MANIFEST)"],
        cwd=tmp_path,
        env=clean | {"PYTHONPATH": str(built)},
        capture_output=True,
        text=True,
        check=True,
    )
    manifest = Path(found.stdout.strip())
    assert manifest.is_relative_to(built)
    assert manifest.read_bytes() == (ROOT / "manifest.yml").read_bytes()


def test_it_runs_outside_the_checkout_until_it_is_stopped(built: Path, tmp_path: Path) -> None:
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    settings = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        # Nobody listens there: it waits for Slack, with everything else at work.
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "ENCRYPTION_KEYS": Vault.generate_key(),
        "DATABASE_URL": f"sqlite:///{tmp_path}/bot.sqlite3",
        "METRICS_PORT": "0",
    }
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        cwd=tmp_path,
        env=clean | {"PYTHONPATH": str(built)} | settings,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    said = []
    for line in running.stderr:
        said.append(line)
        if "slack_not_reached" in line:
            running.terminate()
            break
    rest = running.communicate()[1]
    assert running.returncode == 0, "".join(said) + rest
    assert "metrics_listening" in "".join(said)
    assert '"stopped"' in rest
