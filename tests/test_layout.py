"""Every module has a test file of its name, or stands in untested_modules.txt with the test that covers it.

A dialect has a file of payloads of its name instead, which tests/providers/test_dialect_loader.py goes through.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

LIST = Path(__file__).with_name("untested_modules.txt")


def modules(root: Path) -> list[PurePosixPath]:
    """All modules below harness/, but for those that only hold a package together."""
    found = sorted((root / "harness").rglob("*.py"))
    names = [PurePosixPath(path.relative_to(root / "harness")) for path in found]
    return [name for name in names if name.name not in ("__init__.py", "__main__.py")]


def has_test(root: Path, module: PurePosixPath) -> bool:
    tests = root / "tests"
    return (tests / module.with_name(f"test_{module.name}")).is_file() or (
        tests / module.with_suffix(".json")
    ).is_file()


def listed() -> dict[str, str]:
    """Module or pattern, to the test that covers it."""
    lines = (line.split() for line in LIST.read_text().splitlines() if line and not line.startswith("#"))
    return {line[0]: line[1] for line in lines}


def test_a_module_has_a_test_of_its_name_or_a_line_in_the_list(root: Path) -> None:
    patterns = listed()
    missing = [
        f"harness/{module}: write tests/{module.with_name(f'test_{module.name}')}, or add a line to {LIST.name}"
        for module in modules(root)
        if not has_test(root, module) and not any(fnmatchcase(str(module), pattern) for pattern in patterns)
    ]
    assert missing == []


def test_the_list_holds_nothing_that_has_its_test_or_is_gone(root: Path) -> None:
    untested = [str(module) for module in modules(root) if not has_test(root, module)]
    stale = [
        f"remove {pattern}" for pattern in listed() if not any(fnmatchcase(module, pattern) for module in untested)
    ]
    assert stale == []


def test_the_tests_in_the_list_exist(root: Path) -> None:
    assert [test for test in listed().values() if not (root / "tests" / test).is_file()] == []
