"""Gives Slack a file of any size, without ever holding it whole.

What a file says is personal, so it is not put on a disk, where even an erased file can be found again. It waits in
memory, compressed: a list of people shrinks to about a tenth.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import nullcontext

import aiohttp
from slack_sdk.errors import SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.ownership import require_ownership
from bot.slack.client import SharedClient, stay

UPLOADED = "files.getUploadURLExternal"
"""Whose share the bytes of a file are of."""

PIECE = 256 * 1024
"""Bytes of the file in the open at a time, at most."""


class FileNotArrived(SlackRequestError):
    """Slack's address for files did not take the bytes. `final` says that it never will: what stands before it, or
    Slack, refuses them for good."""

    def __init__(self, why: str, *, final: bool) -> None:
        super().__init__(f"Slack did not take a file ({why}).")
        self.final = final


PASSING = frozenset({404, 408, 410, 425, 429})
"""Refusals of the address that are over with the next one: it is good for a while only."""


class CompressedFile:
    """A file that is written from front to back, then read as often as needed."""

    def __init__(self) -> None:
        self._press = zlib.compressobj()
        self._packed: list[bytes] = []
        self.length = 0

    def write(self, data: bytes) -> None:
        """Add to the end."""
        self.length += len(data)
        self._packed.append(self._press.compress(data))

    def close(self) -> None:
        """Nothing more is added."""
        self._packed.append(self._press.flush())

    def pieces(self) -> Iterator[bytes]:
        """The file from its beginning, at most `PIECE` bytes at a time."""
        # The stream ends with its checksum, which is taken in last: nothing is left inside.
        press = zlib.decompressobj()
        for packed in self._packed:
            while packed:
                if piece := press.decompress(packed, PIECE):
                    yield piece
                packed = press.unconsumed_tail


async def upload(
    client: AsyncWebClient,
    packed: CompressedFile,
    name: str,
    title: str,
    channel: str,
    thread_ts: str | None,
    note: Callable[[str], Awaitable[None]],
) -> None:
    """Post the file, in a thread where one is named: an address is asked for, the bytes go there, then it is shown.

    `note` is called with Slack's id of the file just before it is shown: by it the file is found again.
    `files_upload_v2` of slack_sdk does the same with the whole file in memory. Raises `SlackApiError`, and
    `FileNotArrived` when the bytes did not arrive; then nothing is shown.
    """
    place = await client.files_getUploadURLExternal(filename=name, length=packed.length)
    try:
        await send_file(client, str(place["upload_url"]), packed)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise FileNotArrived(type(error).__name__, final=False) from None
    await note(str(place["file_id"]))
    await require_ownership()
    await client.files_completeUploadExternal(
        files=[{"id": str(place["file_id"]), "title": title}], channel_id=channel, thread_ts=thread_ts
    )


async def send_file(client: AsyncWebClient, url: str, packed: CompressedFile) -> None:
    """Send the bytes to Slack's address for them. Raises `FileNotArrived`, and aiohttp's errors."""
    if client.base_url.startswith("https:") and not url.startswith("https:"):
        raise FileNotArrived("an address in clear", final=True)
    # No limit in all: a slow line takes its time with a large file. Silence is what gives a broken one away.
    patience = aiohttp.ClientTimeout(total=None, sock_connect=client.timeout, sock_read=client.timeout)
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(packed.length)}
    async with (
        client.place_beside(UPLOADED) if isinstance(client, SharedClient) else nullcontext(),
        aiohttp.ClientSession(timeout=patience, trust_env=client.trust_env_in_session, middlewares=(stay,)) as session,
        session.post(
            url,
            data=_pieces(packed),
            headers=headers,
            proxy=client.proxy,
            ssl=True if client.ssl is None else client.ssl,
        ) as answer,
    ):
        if answer.status != 200:
            final = 400 <= answer.status < 500 and answer.status not in PASSING
            raise FileNotArrived(f"HTTP {answer.status}", final=final)


async def _pieces(packed: CompressedFile) -> AsyncIterator[bytes]:
    for piece in packed.pieces():
        yield piece
        await asyncio.sleep(0)
