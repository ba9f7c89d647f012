"""Compressed bodies, piece by piece: gzip, deflate, br and zstd, which some gateways send though nobody asked."""

from __future__ import annotations

import sys
import zlib
from typing import Any, Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class UndecodableError(Exception):
    """The bytes are not in the coding that the headers name."""


class Decoder(Protocol):
    """Decodes one body."""

    def decode(self, data: bytes, most: int) -> bytes:
        """What some more bytes hold; a little over `most` bytes where they hold more. Raises UndecodableError."""
        ...


def decoder_of(coding: str) -> Decoder | None:
    """The decoder for a `content-encoding`; None for a body that is to be read as it is."""
    match coding.strip().lower():
        case "gzip" | "x-gzip":
            return _Members(lambda _: zlib.decompressobj(wbits=16 + zlib.MAX_WBITS), zlib.error)
        case "deflate":
            return _Members(_inflater, zlib.error)
        case "zstd":
            return _Members(lambda _: zstd.ZstdDecompressor(), zstd.ZstdError)
        case "br":
            return _Brotli()
        case _:
            return None


def _inflater(first: bytes) -> object:
    """Deflate with the header of zlib, as RFC 9110 says, or without it, as many servers send it."""
    has_header = first[0] & 0x0F == 8
    return zlib.decompressobj(wbits=zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


class _Members:
    """Decoders that end with a member or frame, after which another may follow."""

    def __init__(self, make: Any, error: type[Exception]) -> None:
        self._make = make
        self._error = error
        self._one: Any = None

    def decode(self, data: bytes, most: int) -> bytes:
        """See Decoder."""
        parts: list[bytes] = []
        size = 0
        try:
            while data and size <= most:
                if self._one is None:
                    self._one = self._make(data)
                part = self._one.decompress(data, most + 1 - size)
                parts.append(part)
                size += len(part)
                data = b""
                if self._one.eof:
                    data, self._one = self._one.unused_data, None
        except (self._error, EOFError) as error:
            raise UndecodableError(str(error)) from error
        return b"".join(parts)


class _Brotli:
    def __init__(self) -> None:
        self._one = brotli.Decompressor()

    def decode(self, data: bytes, most: int) -> bytes:
        """See Decoder."""
        try:
            parts = [self._one.process(data, output_buffer_limit=most + 1)]
            while not self._one.can_accept_more_data() and sum(map(len, parts)) <= most:
                parts.append(self._one.process(b"", output_buffer_limit=most + 1))
        except brotli.error as error:
            raise UndecodableError(str(error)) from error
        return b"".join(parts)
