"""Where the published descriptions are, on a machine that has them: no test needs them but `test_distilled.py`."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(os.environ.get("DESCRIPTIONS", Path(__file__).parents[2].parent / "shared" / "specs"))
"""That of the environment variable, or the one beside the checkout."""
