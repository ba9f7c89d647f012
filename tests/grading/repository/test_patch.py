"""Unified diffs: made, applied, and refused where they do not fit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.grading.repository.patch import PatchError, apply_patch, make_patch
from tests.cases import all_cases

BEFORE = {"a.py": "one\ntwo\nthree\n", "gone.py": "x\n", "b/c.txt": "no end", "empty": ""}
AFTER = {"a.py": "one\n2\nthree\nfour\n", "b/c.txt": "no end\nbut more", "new/d.py": "y\n", "new/__init__.py": ""}


def test_a_diff_takes_the_files_to_what_it_was_made_from() -> None:
    assert apply_patch(BEFORE, make_patch(BEFORE, AFTER)) == AFTER
    assert make_patch(BEFORE, BEFORE) == ""


def test_git_takes_what_is_made_here(tmp_path: Path) -> None:
    for path, text in BEFORE.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    subprocess.run(["git", "apply", "-"], input=make_patch(BEFORE, AFTER), text=True, cwd=tmp_path, check=True)
    found = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == AFTER


TEXTS = st.dictionaries(st.sampled_from(["a", "b/c", "d"]), st.text(alphabet="xy\n\f\u2028", max_size=12), max_size=3)


@given(before=TEXTS, after=TEXTS)
def test_any_files_come_back(before: dict[str, str], after: dict[str, str]) -> None:
    assert apply_patch(before, make_patch(before, after)) == after


@all_cases(
    ("patch", "words"),
    [
        ("--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-other\n+1\n", "a.py:1 is not the line"),
        ("--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-o\n+1\n", "x.py is not there"),
        ("--- a/a.py\n", "without"),
        ("--- /dev/null\n+++ b//tmp/a.py\n@@ -0,0 +1 @@\n+x\n", "/tmp/a.py is outside"),
        ("--- /dev/null\n+++ b/b/../../a.py\n@@ -0,0 +1 @@\n+x\n", "is outside"),
        ("diff --git a/a.py b/a.py\ndeleted file mode 100644\n", "a.py is no empty file"),
        ("--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n one\n", "ends within a hunk"),
        ("--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n?one\n", "begins with"),
    ],
)
def test_a_diff_that_does_not_fit_is_refused(patch: str, words: str) -> None:
    with pytest.raises(PatchError, match=words):
        apply_patch(BEFORE, patch)
