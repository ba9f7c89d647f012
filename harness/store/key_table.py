"""A map from call keys to small numbers that stays small: some 20 bytes a key, about 20 MB for a million.

A set of a million `bytes` takes five times that. Keys lie one after another in buckets, which are searched as bytes;
they are already uniform hashes, so they need none.
"""

from __future__ import annotations

KEY_BYTES = 16
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
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def get(self, key: str) -> int:
        """The number of a key, 0 when it was never put."""
        bucket = self._buckets[int(key[:8], 16) & self._mask]
        at = self._place(bucket, bytes.fromhex(key))
        if at < 0:
            return 0
        if self._number_bytes == 1:  # half the time of the general way
            return bucket[at + KEY_BYTES]
        return int.from_bytes(bucket[at + KEY_BYTES : at + self._slot], "big")

    def put(self, key: str, number: int) -> None:
        """Set a key's number. Raises ValueError for a number outside 1..255 or a key of another length."""
        self._set(key, number, is_raise=False)

    def raise_to(self, key: str, number: int) -> bool:
        """Set a key's number where it is lower; whether it was. The same errors as `put`."""
        return self._set(key, number, is_raise=True)

    def _set(self, key: str, number: int, *, is_raise: bool) -> bool:
        digest = bytes.fromhex(key)
        if not 1 <= number <= self._most or len(digest) != KEY_BYTES:
            needed = f"a key of {KEY_BYTES} bytes and a number from 1 to {self._most}"
            raise ValueError(f"{needed} are needed, got {key!r}, {number}")
        slot = int(key[:8], 16) & self._mask
        bucket = self._buckets[slot]
        at = self._place(bucket, digest)
        held = number.to_bytes(self._number_bytes, "big")
        if at < 0:
            self._buckets[slot] = bucket + digest + held
            self._count += 1
            if self._count > _FULL * len(self._buckets):
                self._grow()
            return True
        number_at, end = at + KEY_BYTES, at + self._slot
        if is_raise and bucket[number_at:end] >= held:
            return False
        self._buckets[slot] = bucket[:number_at] + held + bucket[end:]
        return True

    def _grow(self) -> None:
        old = self._buckets
        self._mask = 4 * len(old) - 1
        self._buckets = [b""] * (self._mask + 1)
        for bucket in old:
            for start in range(0, len(bucket), self._slot):
                slot = int.from_bytes(bucket[start : start + 4], "big") & self._mask
                self._buckets[slot] += bucket[start : start + self._slot]

    def _place(self, bucket: bytes, digest: bytes) -> int:
        """Where a key starts in a bucket, -1 where it is not."""
        at = bucket.find(digest)
        while at > 0 and at % self._slot:  # bytes of two neighbours that look like it
            at = bucket.find(digest, at + 1)
        return at
