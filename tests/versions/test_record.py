"""A changed prompt, grader, dialect or price row has a new version and an entry under *Changes numbers*."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from harness.providers.format.dialect_spec import Dialect
from tests.cases import all_cases
from tests.versions.fingerprints import Fingerprint, fingerprints
from tests.versions.record import (
    CHANGELOG,
    Recorded,
    changed_numbers,
    read_record,
    renewed,
    unversioned,
    write_record,
)

LOG = "## Next\n### Added\n- a mock\n### Changes numbers\n- Math grader, version 4: signs.\n- Prices: one.\n## 0.1\n"
WAS = Recorded(version="3", entry=None, parts={"-7": "correct"})
NOW = Fingerprint(version="4", parts={"-7": "wrong"})


def test_nothing_that_figures_rest_on_changed_without_a_version() -> None:
    assert unversioned(read_record(), fingerprints()) == []


def test_every_recorded_entry_stands_in_the_changelog() -> None:
    section = changed_numbers(CHANGELOG.read_text(encoding="utf-8"))
    assert [name for name, one in read_record().items() if one.entry is not None and one.entry not in section] == []


def test_everything_above_its_first_version_has_an_entry() -> None:
    (reading,) = (field.default for field in fields(Dialect) if field.name == "reading_version")  # of a new dialect
    later = {
        name: one
        for name, one in read_record().items()
        if one.version not in {None, "1"} | ({str(reading)} if name.endswith(", readings") else set())
    }
    assert [name for name, one in later.items() if one.entry is None] == []


def test_change_without_a_version_names_the_part_and_the_command() -> None:
    (said,) = unversioned({"grader math": WAS}, {"grader math": Fingerprint(version="3", parts={"-7": "wrong"})})
    assert said.startswith("grader math changed: '-7' was 'correct', is 'wrong'. To change figures, raise its version")
    assert "python -m tests.versions --entry" in said


def test_raised_version_is_still_to_be_recorded() -> None:
    (said,) = unversioned({"grader math": WAS}, {"grader math": Fingerprint(version="4", parts=WAS.parts)})
    assert said.startswith("grader math has version 4, recorded is 3")


def test_part_that_is_added_needs_no_version() -> None:
    more = Fingerprint(version="3", parts={"-7": "correct", "8": "wrong"})
    assert unversioned({"grader math": WAS}, {"grader math": more}) == []
    assert renewed({"grader math": WAS}, {"grader math": more}, None, LOG) == {
        "grader math": Recorded(version="3", entry=None, parts=more.parts)
    }


@all_cases(
    ("now", "entry", "said"),
    [
        (Fingerprint(version="3", parts={"-7": "wrong"}), "Math grader, version 4", "still 3: raise it"),
        (Fingerprint(version="2", parts={"-7": "wrong"}), "Math grader, version 4", "still 2: raise it"),
        (NOW, None, "name its entry under"),
        (NOW, "Math grader, version 5", "holds 'Math grader, version 5'"),
        (NOW, "a mock", "holds 'a mock'"),
    ],
)
def test_record_is_not_written_without_a_higher_version_and_an_entry(
    now: Fingerprint, entry: str | None, said: str
) -> None:
    refused = renewed({"grader math": WAS}, {"grader math": now}, entry, LOG)
    assert isinstance(refused, list)
    assert said in " ".join(refused)


def test_record_is_written_with_both() -> None:
    found = renewed({"grader math": WAS}, {"grader math": NOW}, "Math grader, version 4", LOG)
    assert found == {"grader math": Recorded(version="4", entry="Math grader, version 4", parts=NOW.parts)}


def test_second_change_needs_another_entry() -> None:
    was = Recorded(version=None, entry="Prices: one", parts={"a": "1"})
    refused = renewed({"prices x": was}, {"prices x": Fingerprint(version=None, parts={"a": "2"})}, "Prices: one", LOG)
    assert isinstance(refused, list)
    assert "changed again" in refused[0]


def test_thing_that_is_gone_needs_an_entry() -> None:
    assert unversioned({"grader old": WAS}, {})[0].startswith("grader old is gone")
    assert isinstance(renewed({"grader old": WAS}, {}, None, LOG), list)
    assert renewed({"grader old": WAS}, {}, "Prices: one", LOG) == {}


def test_record_survives_its_file(tmp_path: Path) -> None:
    write_record({"grader math": WAS}, tmp_path / "v.json")
    assert read_record(tmp_path / "v.json") == {"grader math": WAS}
