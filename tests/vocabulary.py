"""Holds docs/glossary.md: one public class of each name, and no retired word where a user reads."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
ELSEWHERE = frozenset({"docs/glossary.md"})
"""Pages that must name the retired words."""
RETIRED = {
    r"rulings?|ruled(?! out)|unruled": "grade, verdict, graded, ungraded",
    r"(?:at the )?desk": "computed",
    r"purse": "budget",
    r"walls?(?![- ](?:time|clock))": "sandbox backend",
    r"dear(?:er|est)|as dear": "more expensive, higher rate, highest rate",
    r"could see": "minimum detectable effect",
    r"held against|hold .{1,40} against": "compared with",
    r"mended": "updated, repaired",
    r"whom|save for|at hand": "(plain English)",
    r"under way": "in flight",
    r"go(?:es)? on (?:with|by)": "resume",
    r"told apart|tell .{1,20} apart": "distinguished, significant",
    r"taken over|take over": "reused",
    r"ceilings? (?:on|needs?|left|goes|of dollars)|dollar ceilings?": "budget",
    r"made up by": "simulated by",
    r"undisturbed|disturbed": "discarded timings",
    r"switched off on": "retired on",
    r"break-even verbosity": "break-even token ratio",
    r"sittings?": "session",
    r"warm interpreter": "fork server",
}
"""Retired word: the word of the glossary."""
_RETIRED = {re.compile(rf"\b(?:{word})\b", re.IGNORECASE): better for word, better in RETIRED.items()}
_PERCENT = re.compile(r"[\d}] %(?!%?[\w(])")
_MATH = re.compile(r"`[^`]*`")


def main() -> int:
    """Print every finding; returns 1 where there is one."""
    found = [*double_names(), *retired_words()]
    print("\n".join(found) if found else "vocabulary: no retired word, no class name twice")
    return bool(found)


def double_names() -> Iterator[str]:
    """Public classes of the product that share a name."""
    places: dict[str, list[str]] = defaultdict(list)
    for path in _sources():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{_shown(path)}:{node.lineno}")
    for name, where in sorted(places.items()):
        if len(where) > 1:
            yield f"class {name} is defined {len(where)} times: {', '.join(where)}"


def retired_words() -> Iterator[str]:
    """Retired words, and numbers apart from their percent sign, in text that a user reads."""
    for path in _sources():
        for line, text in _user_texts(path):
            yield from _findings(f"{_shown(path)}:{line}", text)
    for page in PAGES:
        if page not in ELSEWHERE and (ROOT / page).exists():
            for line, text in enumerate((ROOT / page).read_text().splitlines(), start=1):
                yield from _findings(f"{page}:{line}", _MATH.sub("``", text))


def _findings(where: str, text: str) -> Iterator[str]:
    for word, better in _RETIRED.items():
        hit = word.search(text)
        if hit:
            yield f"{where}: {hit[0]!r} is retired ({better}): {text.strip()[:90]!r}"
    if _PERCENT.search(text):
        yield f"{where}: a blank before the percent sign: {text.strip()[:90]!r}"


def _sources() -> Iterator[Path]:
    return iter(sorted(path for path in (ROOT / "harness").rglob("*.py")))


def _user_texts(path: Path) -> Iterator[tuple[int, str]]:
    """String constants with a blank in them, docstrings apart: messages, help, heads of columns and notes."""
    tree = _tree(path)
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            for line in node.value.splitlines():
                if " " in line.strip():
                    yield node.lineno, line


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
