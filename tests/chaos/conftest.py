"""Short forms run with all other tests; long ones, with chance in them, when `CHAOS_SECONDS` says for how long."""

from __future__ import annotations

import os

from tests.support.postgres import postgres_server

__all__ = ["postgres_server"]

collect_ignore_glob = [] if os.environ.get("CHAOS_SECONDS") else ["test_chaos.py"]
