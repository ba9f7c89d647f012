"""The table of call keys says what a dict would, in a fraction of its memory."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
import tracemalloc
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.store.key_table import KeyTable

KEYS = st.binary(min_size=16, max_size=16).map(bytes.hex)


@given(st.lists(st.tuples(KEYS, st.integers(1, 255))))
def test_table_says_the_same_as_a_dict(pairs: list[tuple[str, int]]) -> None:
    table = KeyTable()
    for key, number in pairs:
        table.put(key, number)
    expected = dict(pairs)
    assert {key: table.get(key) for key in expected} == expected
    assert len(table) == len(expected)
    assert table.get("ff" * 16) == expected.get("ff" * 16, 0)


def test_keys_that_start_alike_are_told_apart() -> None:
    table = KeyTable()
    for number in range(1, 200):
        table.put("00" * 15 + f"{number:02x}", number)
    assert [table.get("00" * 15 + f"{number:02x}") for number in range(200)] == list(range(200))


def test_memory_is_a_few_dozen_bytes_a_key() -> None:
    random = Random(1)
    keys = [random.randbytes(16).hex() for _ in range(2_000)]
    tracemalloc.start()
    table = KeyTable()
    for key in keys:
        table.put(key, 1)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert used < 2_000 * 50  # 4,096 slots of 17 bytes are 35 bytes a key


@given(st.lists(st.tuples(KEYS, st.integers(1, 256**6 - 1))))
def test_larger_numbers_take_more_bytes(pairs: list[tuple[str, int]]) -> None:
    table, raised = KeyTable(number_bytes=6), KeyTable(number_bytes=6)
    highest: dict[str, int] = {}
    for key, number in pairs:
        table.put(key, number)
        assert raised.raise_to(key, number) == (number > highest.get(key, 0))
        highest[key] = max(number, highest.get(key, 0))
    assert {key: table.get(key) for key, _ in pairs} == dict(pairs)
    assert {key: raised.get(key) for key, _ in pairs} == highest


@pytest.mark.parametrize(("key", "number"), [("00" * 16, 0), ("00" * 16, 256), ("00" * 15, 1)])
def test_number_or_key_out_of_range_is_refused(key: str, number: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        KeyTable().put(key, number)


def test_a_table_from_another_process_has_its_keys(tmp_path: Path) -> None:
    """Workers of a cluster are handed what earlier sessions did: a key not found there would be billed again."""
    keys = [hashlib.md5(bytes([number])).hexdigest() for number in range(200)]
    table = KeyTable()
    for key in keys:
        table.put(key, 1)
    (tmp_path / "table").write_bytes(pickle.dumps(table))
    code = f"""
import pickle
with open({str(tmp_path / "table")!r}, "rb") as file:
    table = pickle.load(file)
print(sum(map(table.get, {keys})), len(table))
"""
    environ = {**os.environ, "PYTHONHASHSEED": "7"}
    found = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["200", "200"]
