"""Names of segments on nodes' own disks, and which positions were leased to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.store.leases import (
    FILE,
    LeaseJournal,
    is_worker,
    leased_segments,
    open_leases,
    segment_name,
    segment_number,
    segment_owner,
)
from harness.store.run_dir import RunDir


def test_a_segment_says_whose_it_is() -> None:
    name = segment_name(12, "ip-10-0-0-7.internal/1a2b3c4d")
    assert name == "calls-12.ip-10-0-0-7-internal-1a2b3c4d.jsonl"
    assert segment_number(name) == 12
    assert segment_owner(name) == "ip-10-0-0-7-internal-1a2b3c4d.12"
    assert is_worker("ip-10-0-0-7-internal-1a2b3c4d.12")
    assert not is_worker("ip-10-0-0-7-1a2b3c4d")


@pytest.mark.parametrize("name", ["calls-0.jsonl", "grades.jsonl", "calls-1.copy of.jsonl", "calls-1.jsonl.bak"])
def test_other_files_belong_to_no_worker(name: str) -> None:
    assert segment_owner(name) is None


def test_positions_are_open_until_their_segment_is_whole(tmp_path: Path) -> None:
    journal = LeaseJournal(tmp_path)
    journal.note_lease("calls-1.a.jsonl", [0, 1, 2, 5])
    journal.note_lease("calls-2.b.jsonl", [3, 4])
    LeaseJournal(tmp_path).note_lease("calls-1.a.jsonl", [6])
    assert open_leases(tmp_path) == {"calls-1.a.jsonl": [0, 1, 2, 5, 6], "calls-2.b.jsonl": [3, 4]}
    journal.note_whole("calls-1.a.jsonl")
    assert open_leases(tmp_path) == {"calls-2.b.jsonl": [3, 4]}
    assert leased_segments(tmp_path) == {"calls-1.a.jsonl", "calls-2.b.jsonl"}
    assert RunDir(tmp_path).next_segment() == 3  # the number of a segment that has not arrived is not given again


def test_half_a_line_is_cut_off_and_damage_is_named(tmp_path: Path) -> None:
    LeaseJournal(tmp_path).note_lease("calls-1.a.jsonl", [0])
    with (tmp_path / FILE).open("a") as file:
        file.write('{"segment": "calls-2.b')
    LeaseJournal(tmp_path).note_whole("calls-1.a.jsonl")
    assert open_leases(tmp_path) == {}
    with (tmp_path / FILE).open("a") as file:
        file.write('{"positions": [[1, 2]]}\n')
    with pytest.raises(LocalError, match=r"leases.jsonl:3: no lease"):
        open_leases(tmp_path)
