"""A data folder in the form of SWE-bench Verified with two composed instances: a folder and a .tar.gz.

Their tests are unittest's, so they need no environment of their own; `test_commands.json` says so.
"""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

COMMAND = "python -m unittest -v"
HALVES = "def half(x):\n    return x // 2\n\n\ndef quarter(x):\n    return x / 4\n"
TEST = """\
import unittest

import halves


class Case(unittest.TestCase):
    def test_quarter(self):
        self.assertEqual(halves.quarter(4), 1)
"""
TEST_PATCH = """\
diff --git a/test_halves.py b/test_halves.py
--- a/test_halves.py
+++ b/test_halves.py
@@ -6,3 +6,6 @@
 class Case(unittest.TestCase):
     def test_quarter(self):
         self.assertEqual(halves.quarter(4), 1)
+
+    def test_half(self):
+        self.assertEqual(halves.half(3), 1.5)
"""
PATCH = """\
diff --git a/halves.py b/halves.py
--- a/halves.py
+++ b/halves.py
@@ -1,2 +1,2 @@
 def half(x):
-    return x // 2
+    return x / 2
"""
FILES = {"halves.py": HALVES, "test_halves.py": TEST}
ROW = {
    "base_commit": "0" * 40,
    "environment_setup_commit": "0" * 40,
    "version": "1.0",
    "problem_statement": "half(3) is 1; it should be 1.5.",
    "patch": PATCH,
    "test_patch": TEST_PATCH,
    "FAIL_TO_PASS": json.dumps(["test_half (test_halves.Case.test_half)"]),
    "PASS_TO_PASS": json.dumps(["test_quarter (test_halves.Case.test_quarter)"]),
}


def write_data_folder(folder: Path) -> Path:
    """Write it: `acme__halves-1` as a folder, `acme__halves-2` as an archive with one top folder."""
    rows = [{**ROW, "instance_id": f"acme__halves-{number}", "repo": "acme/halves"} for number in (1, 2)]
    (folder / "repos" / "acme__halves-1").mkdir(parents=True)
    (folder / "swe_bench_verified.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "test_commands.json").write_text(json.dumps({"acme/halves": COMMAND}))
    for path, text in FILES.items():
        (folder / "repos" / "acme__halves-1" / path).write_text(text)
    with tarfile.open(folder / "repos" / "acme__halves-2.tar.gz", "w:gz") as archive:
        for path, text in FILES.items():
            member = tarfile.TarInfo(f"halves-1.0/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return folder
