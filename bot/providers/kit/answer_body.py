"""The body of an answer, read and unpacked piece by piece up to a limit.

An answer can be endless, or be packed so that a megabyte becomes gigabytes.

httpx unpacks whole pieces, each to any size; here no piece becomes more than `_PIECE` bytes at a time.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator

import httpx

ENCODINGS = "gzip, deflate"
"""What is offered to systems (Accept-Encoding), and what is unpacked."""
_PIECE = 512 * 1024


class TooLarge(Exception):
    """The answer has more bytes than were to be read."""


class Undecodable(Exception):
    """The answer is packed in a way that was not offered, or is no good packing."""


async def bounded_body(response: httpx.Response, limit: int) -> bytearray:
    """The unpacked bytes of an answer whose head has come; the answer is closed.

    Raises `TooLarge` beyond `limit` bytes, packed or unpacked, `Undecodable`, `httpx.TransportError`.
    """
    content, received = bytearray(), 0
    try:
        announced = response.headers.get("content-length", "")
        if announced.isascii() and announced.isdecimal() and len(announced) < 20 and int(announced) > limit:
            raise TooLarge
        unpack = _unpacker(response)
        async for packed in response.aiter_raw():
            received += len(packed)
            if received > limit:
                raise TooLarge
            if unpack is None:
                content += packed
                continue
            for number, piece in enumerate(unpack.pieces(packed)):
                content += piece
                if len(content) > limit:
                    raise TooLarge
                if number:
                    await asyncio.sleep(0)  # much comes of little: others have their turn
    finally:
        await response.aclose()
    return content


def _unpacker(response: httpx.Response) -> _Unpacker | None:
    named = [name.strip().lower() for name in response.headers.get_list("content-encoding", split_commas=True)]
    match [name for name in named if name not in ("", "identity")]:
        case []:
            return None
        case ["gzip" | "x-gzip"]:
            return _Unpacker(zlib.MAX_WBITS | 16)
        case ["deflate"]:
            return _Unpacker(zlib.MAX_WBITS)
        case _:
            raise Undecodable


class _Unpacker:
    def __init__(self, bits: int) -> None:
        self._packing = zlib.decompressobj(bits)
        self._bits, self._begun = bits, False

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        if not self._begun and self._bits == zlib.MAX_WBITS and packed and packed[0] & 0x0F != 8:
            # "deflate" is meant with a zlib header (RFC 9110, 8.4.1.2), and often sent without.
            self._packing = zlib.decompressobj(-zlib.MAX_WBITS)
        self._begun = self._begun or bool(packed)
        try:
            while packed and not self._packing.eof:
                yield self._packing.decompress(packed, _PIECE)
                packed = self._packing.unconsumed_tail
        except zlib.error:
            raise Undecodable from None
