"""The page of dependencies names those of pyproject.toml, and the locks hold no address of an index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path


def test_docs_and_benchmark_name_every_base_dependency(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    base = [re.split(r"[><=!;\[ ]", line)[0] for line in project["dependencies"]]
    page = (root / "docs" / "dependencies.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| ([a-z0-9-]+) \|", page.partition("## Extras")[0], re.MULTILINE)
    assert [name for name in listed if name != "package"] == base
    measured = (root / "benchmarks" / "imports.py").read_text(encoding="utf-8")
    assert all(f'"{name}":' in measured for name in base)


def test_docs_name_every_extra(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (root / "docs" / "dependencies.md").read_text(encoding="utf-8").partition("## Extras")[2]
    assert set(re.findall(r"^\| `([a-z]+)` \|", page, re.MULTILINE)) == set(project["optional-dependencies"])


def test_locks_hold_hashes_and_no_address(root: Path) -> None:
    for path in (root / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        pins, hashes = re.findall(r"^[a-z0-9][\w.-]*==", text, re.MULTILINE), text.count("--hash=sha256:")
        assert len(pins) <= hashes, path.name
        assert "://" not in text, path.name
