"""What an installation is made of, as a CycloneDX 1.6 document, from the lock file alone: no network, no package index.

Source: cyclonedx.org, "CycloneDX JSON Reference 1.6" and the package URLs of PyPI.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill_of_materials(lock: str) -> dict[str, Any]:
    """The document for the text of a lock file made by `make lock`. Raises `ValueError` for a line it does not know."""
    components: list[dict[str, Any]] = []
    for line in lock.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if found := _PIN.match(line):
            name = re.sub(r"[-_.]+", "-", found["name"]).lower()
            url = f"pkg:pypi/{name}@{found['version']}"
            components.append(
                {
                    "type": "library",
                    "bom-ref": url,
                    "name": name,
                    "version": found["version"],
                    "purl": url,
                    "hashes": [],
                }
            )
        elif not components or "--hash=" not in line:
            raise ValueError(f"not a line of a lock file: {line[:60]}")
        for digest in _HASH.findall(line):
            components[-1]["hashes"].append({"alg": "SHA-256", "content": digest})
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "integration-bot", "name": "integration-bot"}},
        "components": components,
        "dependencies": [{"ref": "integration-bot", "dependsOn": [each["bom-ref"] for each in components]}],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill_of_materials(Path(sys.argv[1]).read_text(encoding="utf-8")), indent=1) + "\n")
