"""Two tiny repositories with a bug each, one of them in Chinese and with two files."""

from __future__ import annotations

from pathlib import Path

import yaml

COMMAND = ["python", "-m", "unittest", "discover", "-s", "tests", "-t", "."]
TEST = """\
import unittest
from {module} import {name}


class Case(unittest.TestCase):
    def test_one(self):
        self.assertEqual({name}({given}), {wanted})
"""
GREETING = "from names import clean\n\n\ndef greet(name):\n    return clean(name)\n"
NAMES = "def clean(name):\n    return name\n"
GREETING_PATCH = """\
--- a/names.py
+++ b/names.py
@@ -1,2 +1,2 @@
 def clean(name):
-    return name
+    return name.strip()
"""


def write_repositories(folder: Path) -> Path:
    """Write them; the folder that holds them."""
    _write(
        folder / "double",
        {"language": "en", "difficulty": "easy", "title": "double(3) is 5", "issue": "It should be 6."},
        {"maths.py": "def double(x):\n    return x + 2\n"},
        TEST.format(module="maths", name="double", given="2", wanted="4"),
        TEST.format(module="maths", name="double", given="3", wanted="6"),
        "--- a/maths.py\n+++ b/maths.py\n@@ -1,2 +1,2 @@\n def double(x):\n-    return x + 2\n+    return x * 2\n",
    )
    _write(
        folder / "greet",
        {"language": "zh", "difficulty": "hard", "issue": "greet 应当去掉名字两端的空格。"},
        {"greeting.py": GREETING, "names.py": NAMES},
        TEST.format(module="greeting", name="greet", given="'Li'", wanted="'Li'"),
        TEST.format(module="greeting", name="greet", given="' Li '", wanted="'Li'"),
        GREETING_PATCH,
    )
    return folder


def _write(folder: Path, told: dict[str, str], files: dict[str, str], test: str, hidden: str, patch: str) -> None:
    named = {"id": folder.name, "test_command": COMMAND, **told}
    texts = {
        "task.yaml": yaml.safe_dump(named, allow_unicode=True),
        "solution.patch": patch,
        **{f"repo/{path}": text for path, text in files.items()},
        "repo/tests/__init__.py": "",
        "repo/tests/test_visible.py": test,
        "hidden/hidden_tests/__init__.py": "",
        "hidden/hidden_tests/test_hidden.py": hidden,
    }
    for path, text in texts.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
