"""Grades looked up in their file are those of a dictionary of all of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.store.grade_index import READ_BYTES, grade_index
from harness.store.run_dir import RunDir
from tests.report.runs import RunWriter, answer, endpoint

SCHEMA_1 = Path(__file__).parents[1] / "fixtures" / "schema_1" / "complete"
ONE = endpoint()


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    writer = RunWriter(tmp_path / "run", endpoints=[ONE], samples=3)
    for sample, verdict in enumerate([Verdict.WRONG, Verdict.CORRECT, Verdict.NO_ANSWER]):
        writer.job(ONE, sample, [answer()], verdict, said="1 ≠ 2")
    writer.job(ONE, 0, [answer()], Verdict.CORRECT)  # graded again: the last line counts
    writer.close()
    return writer.run


def is_same(run: RunDir) -> bool:
    expected = dict(run.grade_fields())
    with grade_index(run) as index:
        assert index.get("00" * 16) is None
        return bool(expected) and {key: index.get(key) for key in expected} == expected


def test_grades_are_those_of_the_last_lines(run: RunDir) -> None:
    assert is_same(run)
    assert [grade.verdict for grade in dict(run.grade_fields()).values()] == ["correct", "correct", "no_answer"]


@pytest.mark.parametrize("chars", [700, 1024, 5000])
@pytest.mark.parametrize("has_newline", [True, False])
def test_lines_of_any_length_are_read_whole(run: RunDir, chars: int, has_newline: bool) -> None:
    long = run.grades_path.read_bytes().splitlines()[-2].replace(b"1 \xe2\x89\xa0 2", b"x" * chars)
    run.grades_path.write_bytes(run.grades_path.read_bytes() + long + b"\n" * has_newline)
    assert is_same(run)
    assert max(len(grade.answer or "") for _, grade in run.grade_fields()) == chars


@pytest.mark.parametrize("tail", [b"{", b'{"key": 1}\n', b"\xff\n\n"])
def test_damaged_lines_are_left_out(run: RunDir, tail: bytes) -> None:
    run.grades_path.write_bytes(run.grades_path.read_bytes() + tail)
    assert is_same(run)


@pytest.mark.parametrize("cut", [60, 200])
def test_a_damaged_line_leaves_the_earlier_grade_of_its_job_in_force(run: RunDir, cut: int) -> None:
    """Its key is whole: the damage shows when the line is asked for."""
    last = run.grades_path.read_bytes().splitlines()[-1]
    run.grades_path.write_bytes(run.grades_path.read_bytes() + last[:cut] + b"\n")
    assert is_same(run)


def test_a_last_line_without_its_newline_counts(run: RunDir) -> None:
    run.grades_path.write_bytes(run.grades_path.read_bytes()[:-1])
    assert is_same(run)


def test_grades_of_schema_1_are_read(tmp_path: Path) -> None:
    assert is_same(RunDir(Path(shutil.copytree(SCHEMA_1, tmp_path / "run"))))


@pytest.mark.parametrize("content", [None, b""])
def test_no_grades(run: RunDir, content: bytes | None) -> None:
    key = next(key for key, _ in run.grade_fields())
    run.grades_path.unlink()
    if content is not None:
        run.grades_path.write_bytes(content)
    with grade_index(run) as index:
        assert index.get(key) is None


def test_grades_are_found_in_any_order(run: RunDir) -> None:
    """More of them than are read at once, looked up from both ends."""
    line = run.grades_path.read_bytes().splitlines()[0]
    key = next(key for key, _ in run.grade_fields()).encode()
    keys = [b"%032x" % number for number in range(200)]
    run.grades_path.write_bytes(
        b"".join(
            line.replace(key, one).replace(b'"why":"', b'"why":"%d ' % place) + b"\n" for place, one in enumerate(keys)
        )
    )
    assert run.grades_path.stat().st_size > 2 * READ_BYTES
    with grade_index(run) as grades:
        for place in (0, 199, 1, 100, 99, 198, *range(200), *range(199, -1, -1)):
            found = grades.get(keys[place].decode())
            assert found is not None
            assert found.why.startswith(f"{place} ")
