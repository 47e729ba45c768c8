"""How many examples a property is tried with: few in `make test`, fewer in `make test-fast`, many in `make fuzz`."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

TIMES = float(os.environ.get("FUZZ", "1"))


def examples(number: int = 100, **others: Any) -> settings:
    """`number` examples in `make test`, without a limit of time for any of them."""
    return settings(max_examples=max(1, round(number * TIMES)), deadline=None, **others)
