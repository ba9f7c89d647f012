"""Compressed bodies in pieces: members after one another, missing headers, bombs."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest
from backports import zstd

from harness.providers.transport.http.content_coding import UndecodableError, decoder_of
from tests.cases import all_cases

TEXT = b"".join(b"%d," % random.Random(1).getrandbits(40) for _ in range(500))
NO_LIMIT = 10**9


def bare_deflate(data: bytes) -> bytes:
    one = zlib.compressobj(wbits=-15)
    return one.compress(data) + one.flush()


CODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "old name of gzip": ("X-Gzip ", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "deflate without a header": ("deflate", bare_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstd.compress),
}


@all_cases("size", [1, 7, 10_000])
@all_cases("name", CODINGS)
def test_pieces_are_decoded_as_they_come(name: str, size: int) -> None:
    coding, compress = CODINGS[name]
    decoder, data = decoder_of(coding), compress(TEXT)
    assert decoder is not None
    pieces = [decoder.decode(data[at : at + size], NO_LIMIT) for at in range(0, len(data), size)]
    assert b"".join(pieces) == TEXT


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_members_that_follow_each_other_are_one_body(name: str) -> None:
    coding, compress = CODINGS[name]
    decoder = decoder_of(coding)
    assert decoder is not None
    assert decoder.decode(compress(b"one, ") + compress(b"two"), NO_LIMIT) == b"one, two"


@all_cases("name", CODINGS)
def test_bomb_is_decoded_no_further_than_a_little_over_the_limit(name: str) -> None:
    coding, compress = CODINGS[name]
    decoder = decoder_of(coding)
    assert decoder is not None
    assert 1000 < len(decoder.decode(compress(bytes(5_000_000)), 1000)) < 100_000


@all_cases("name", CODINGS)
def test_bytes_in_no_coding_are_refused(name: str) -> None:
    decoder = decoder_of(CODINGS[name][0])
    assert decoder is not None
    with pytest.raises(UndecodableError):
        decoder.decode(b"\xff" * 200, NO_LIMIT)


@all_cases("coding", ["identity", "", "none", "utf-8"])
def test_other_codings_are_read_as_they_are(coding: str) -> None:
    assert decoder_of(coding) is None
