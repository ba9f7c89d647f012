"""A map from call keys to small numbers that stays small: some 20 bytes a key, about 20 MB for a million.

A set of a million `bytes` takes five times that. Keys lie one after another in buckets, which are searched as bytes.
What is done for every key of a large run is written out in `get`, `put` and `raise_to`: calls would take half the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

KEY_BYTES = 16
_digest = bytes.fromhex
_BUCKETS = 64
_FULL = 16
"""Keys in a bucket, on average, from which there are more buckets: 16 are searched in a tenth of a microsecond."""


class KeyTable:
    """Keys as 32 hex digits; numbers from 1 to 255, or as many bytes as given. A key never put has the number 0."""

    def __init__(self, *, number_bytes: int = 1) -> None:
        self._number_bytes = number_bytes
        self._slot = KEY_BYTES + number_bytes
        self._most = 256**number_bytes - 1
        self._buckets = [b""] * _BUCKETS
        self._mask = _BUCKETS - 1
        self._room = _FULL * _BUCKETS
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def get(self, key: str) -> int:
        """The number of a key, 0 when it was never put."""
        digest = _digest(key)
        bucket = self._buckets[hash(digest) & self._mask]
        at = bucket.find(digest)
        if at < 0:
            return 0
        if at % self._slot:
            at = self._place(bucket, digest)
            if at < 0:
                return 0
        if self._number_bytes == 1:  # half the time of the general way
            return bucket[at + KEY_BYTES]
        return int.from_bytes(bucket[at + KEY_BYTES : at + self._slot], "big")

    def put(self, key: str, number: int) -> None:
        """Set a key's number. Raises ValueError for a number outside 1..255 or a key of another length."""
        if not 1 <= number <= self._most or len(key) != 2 * KEY_BYTES:
            raise self._refused(key, number)
        try:
            digest = _digest(key)
        except ValueError:
            raise self._refused(key, number) from None
        slot = hash(digest) & self._mask
        bucket = self._buckets[slot]
        at = bucket.find(digest)
        if at > 0 and at % self._slot:
            at = self._place(bucket, digest)
        if at < 0:
            self._add(slot, digest, number)
        else:
            self._replace(slot, at, number)

    def raise_to(self, key: str, number: int) -> bool:
        """Set a key's number where it is lower; whether it was. The same errors as `put`."""
        if not 1 <= number <= self._most or len(key) != 2 * KEY_BYTES:
            raise self._refused(key, number)
        try:
            digest = _digest(key)
        except ValueError:
            raise self._refused(key, number) from None
        slot = hash(digest) & self._mask
        bucket = self._buckets[slot]
        at = bucket.find(digest)
        if at > 0 and at % self._slot:
            at = self._place(bucket, digest)
        if at < 0:
            self._add(slot, digest, number)
            return True
        if int.from_bytes(bucket[at + KEY_BYTES : at + self._slot], "big") >= number:
            return False
        self._replace(slot, at, number)
        return True

    def items(self) -> Iterator[tuple[str, int]]:
        """(key, number) of all that were put, in no order."""
        for bucket in self._buckets:
            for start in range(0, len(bucket), self._slot):
                middle = start + KEY_BYTES
                yield bucket[start:middle].hex(), int.from_bytes(bucket[middle : start + self._slot], "big")

    def packed(self) -> bytes:
        """All keys with their numbers, one after another."""
        return b"".join(self._buckets)

    @classmethod
    def unpacked(cls, packed: bytes, *, number_bytes: int = 1) -> KeyTable:
        """A table of what `packed` gave. Raises ValueError for bytes of another length."""
        table = cls(number_bytes=number_bytes)
        count, left = divmod(len(packed), table._slot)
        if left:
            raise ValueError(f"{len(packed)} bytes hold no whole number of keys")
        buckets = _BUCKETS
        while count > _FULL * buckets:
            buckets *= 4
        table._buckets, table._count = [packed], count
        table._share_out(buckets)
        return table

    def _add(self, slot: int, digest: bytes, number: int) -> None:
        self._buckets[slot] += digest + number.to_bytes(self._number_bytes, "big")
        self._count += 1
        if self._count > self._room:
            self._grow()

    def _replace(self, slot: int, at: int, number: int) -> None:
        bucket = self._buckets[slot]
        held = number.to_bytes(self._number_bytes, "big")
        self._buckets[slot] = bucket[: at + KEY_BYTES] + held + bucket[at + self._slot :]

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._share_out(len(self._buckets))  # hashes of bytes are of one process (Python, PYTHONHASHSEED)

    def _grow(self) -> None:
        self._share_out(4 * len(self._buckets))

    def _share_out(self, buckets: int) -> None:
        """Put every key into its place among so many buckets, a power of 2."""
        old = self._buckets
        self._mask = buckets - 1
        self._room = _FULL * buckets
        self._buckets = [b""] * buckets
        for bucket in old:
            for start in range(0, len(bucket), self._slot):
                slot = hash(bucket[start : start + KEY_BYTES]) & self._mask
                self._buckets[slot] += bucket[start : start + self._slot]

    def _place(self, bucket: bytes, digest: bytes) -> int:
        """Where a key starts in a bucket, -1 where it is not."""
        at = bucket.find(digest)
        while at > 0 and at % self._slot:  # bytes of two neighbours that look like it
            at = bucket.find(digest, at + 1)
        return at

    def _refused(self, key: str, number: int) -> ValueError:
        needed = f"a key of {KEY_BYTES} bytes and a number from 1 to {self._most}"
        return ValueError(f"{needed} are needed, got {key!r}, {number}")
