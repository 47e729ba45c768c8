"""Connections to a PostgreSQL server that may have changed its part, behind boxes that forget them.

After a failover the same address leads to another server, and for a while to one that only reads. A connection that was
made in that time would refuse every write for as long as it lives. Since version 14 a server says of itself whether it
is a standby, and whether its transactions only read, without being asked; every version says so of a refused write.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

CONNECT_DEFAULTS = {
    # With several hosts the one that writes is found; with one, a standby is not taken for it.
    "target_session_attrs": "read-write",
    "connect_timeout": "10",
    # A word each half minute keeps a box between from forgetting; unanswered, the line is given up within a minute.
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    # Milliseconds in which what was sent has to be confirmed. Without it TCP goes on for some quarter of an hour.
    "tcp_user_timeout": "30000",
}
"""Parameters of libpq. What the address says itself counts more."""

READ_ONLY = "25006"
"""SQLSTATE read_only_sql_transaction."""


def connect_parameters(url: URL) -> dict[str, str]:
    """The defaults, but for those that the address gives itself."""
    return {name: value for name, value in CONNECT_DEFAULTS.items() if name not in url.query}


def refuse_standby(_connection: Any, record: ConnectionPoolEntry, _handed_out: object) -> None:
    """Have another connection made in the place of one to a standby. For `checkout`."""
    if _reported(record, b"in_hot_standby"):
        raise DisconnectionError("a standby")


def refuse_read_only(_connection: Any, record: ConnectionPoolEntry, _handed_out: object) -> None:
    """Have another connection made in the place of one that cannot write. For `checkout`."""
    if _reported(record, b"in_hot_standby") or _reported(record, b"default_transaction_read_only"):
        raise DisconnectionError("the server only reads")


def drop_read_only(context: ExceptionContext) -> None:
    """Let go of all pooled connections when one has refused a write. For `handle_error`."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def _reported(record: ConnectionPoolEntry, parameter: bytes) -> bool:
    driver = record.driver_connection
    return driver is not None and not driver.closed and driver.pgconn.parameter_status(parameter) == b"on"
