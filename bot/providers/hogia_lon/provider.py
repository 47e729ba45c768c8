"""Hogia Lön Plus as the registry holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.providers.hogia_lon.leave_settings import ABSENCE
from bot.providers.hogia_lon.leave_target import HogiaLonLeaveTarget
from bot.providers.kit.leave_file_account import LEAVE_FILE_CREDENTIALS
from bot.providers.kit.leave_files_target import AbsenceOnly
from bot.providers.protocol import Connection, ControlProof, ProviderInfo


class HogiaLonProvider(AbsenceOnly):
    """Hogia Lön Plus: absence alone, as files that a person imports."""

    key = "hogia_lon"
    info = ProviderInfo(
        key="hogia_lon",
        countries=("SE",),
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.absence_only",),
        credentials=LEAVE_FILE_CREDENTIALS,
        resources=(ABSENCE,),
    )

    @asynccontextmanager
    async def connect_leave(self, connection: Connection) -> AsyncIterator[HogiaLonLeaveTarget]:
        """Open it for absence; nothing is sent before the first delivery. `expected_account` pins it."""
        yield HogiaLonLeaveTarget(connection)


PROVIDER = HogiaLonProvider()
