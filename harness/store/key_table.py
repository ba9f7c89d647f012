"""A map from call keys to small numbers that stays small: 17 bytes a slot, about 40 MB for a million keys.

A set of a million `bytes` takes three times that. Open addressing with linear probing over one flat table; keys are
already uniform hashes, so they need none.
"""

from __future__ import annotations

KEY_BYTES = 16
_SLOT = KEY_BYTES + 1
_START_SLOTS = 64


class KeyTable:
    """Keys as 32 hex digits; numbers from 1 to 255. A key never put has the number 0."""

    def __init__(self) -> None:
        self._mask = _START_SLOTS - 1
        self._table = bytearray(_START_SLOTS * _SLOT)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def get(self, key: str) -> int:
        """The number of a key, 0 when it was never put."""
        return self._table[self._find(bytes.fromhex(key)) + KEY_BYTES]

    def put(self, key: str, number: int) -> None:
        """Set a key's number. Raises ValueError for a number outside 1..255 or a key of another length."""
        digest = bytes.fromhex(key)
        if not 1 <= number <= 255 or len(digest) != KEY_BYTES:
            raise ValueError(f"a key of {KEY_BYTES} bytes and a number from 1 to 255 are needed, got {key!r}, {number}")
        at = self._find(digest)
        if self._table[at + KEY_BYTES] == 0:
            self._count += 1
            # Three quarters full, a search for an absent key looks at 8.5 slots: (1 + 1 / (1 - 3/4)^2) / 2 (Knuth, The
            # Art of Computer Programming 3, section 6.4). Fuller tables slow down quickly: 50 slots at nine tenths.
            if self._count * 4 > (self._mask + 1) * 3:
                self._grow()
                at = self._find(digest)
        self._table[at : at + KEY_BYTES] = digest
        self._table[at + KEY_BYTES] = number

    def raise_to(self, key: str, number: int) -> bool:
        """Set a key's number where it is lower; whether it was. The same errors as `put`."""
        digest = bytes.fromhex(key)
        at = self._find(digest)
        before = self._table[at + KEY_BYTES]
        if before >= number:
            return False
        if before and number <= 255:
            self._table[at + KEY_BYTES] = number
        else:
            self.put(key, number)
        return True

    def _find(self, digest: bytes) -> int:
        """Where the key's slot starts, or the free slot it would take."""
        table, mask = self._table, self._mask
        slot = int.from_bytes(digest[:8], "big") & mask
        while True:
            at = slot * _SLOT
            if table[at + KEY_BYTES] == 0 or table[at : at + KEY_BYTES] == digest:
                return at
            slot = (slot + 1) & mask

    def _grow(self) -> None:
        old = self._table
        slots = (self._mask + 1) * 2
        self._mask = slots - 1
        self._table = bytearray(slots * _SLOT)
        for start in range(0, len(old), _SLOT):
            if old[start + KEY_BYTES]:
                at = self._find(bytes(old[start : start + KEY_BYTES]))
                self._table[at : at + _SLOT] = old[start : start + _SLOT]
