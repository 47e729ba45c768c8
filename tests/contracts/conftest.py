"""Whether the distilled facts are up to date is asked where the published descriptions are."""

from __future__ import annotations

from tests.contracts.descriptions import FOLDER

collect_ignore = [] if FOLDER.is_dir() else ["test_distilled.py"]
