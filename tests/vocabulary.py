"""Holds docs/glossary.md: one public class of each name, no retired word in user texts, names or comments.

Also that an error which a docstring promises exists.
"""

from __future__ import annotations

import ast
import builtins
import io
import re
import sys
import tokenize
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
"""Retired words in what a user reads: the word of the glossary."""
RETIRED_IN_CODE = {
    "ruling": "grade, verdict, result",
    "rulings": "grades, verdicts, results",
    "ruled": "graded, decided",
    "unruled": "ungraded",
    "judge": "grader, grade; LLM judge",
    "judges": "grades; LLM judges",
    "judged": "graded, classified; of an LLM judge",
    "judging": "grading; of an LLM judge",
    "wall": "sandbox backend",
    "walls": "sandbox backends",
    "desk": "computed",
    "purse": "budget",
    "court": "grader",
    "cashier": "budget",
    "duel": "comparison",
    "duels": "comparisons",
    "crew": "task group, supervisor",
    "sitting": "session",
    "sittings": "sessions",
    "backstage": "scripted",
    "contender": "compared model",
    "heed": "observe, on_<event>",
    "mended": "repaired, corrected",
    "dearer": "more expensive, higher",
    "dearest": "most expensive, highest",
    "undisturbed": "usable",
    "whom": "(plain English)",
}
"""Retired words in names, docstrings and comments of the code and its tests: the words to use."""
ALLOWED_IN_CODE = re.compile(
    r"ruled out|wall[ _](?:time|clock)|wall_s|LLM judge|(?<!\w)judge_verdict"
    r"|validation_alias=AliasChoices\(.*\)|the former name, for one release|alias goes with the next release"
)
"""Where such a word is that of the field, or a key of files or output that keeps its name: taken out first."""
OLD_KEYS = {
    "harness/report/gate/baseline.py": {"ruled", "unruled"},
    "harness/report/gate/baseline_file.py": {"ruled"},
    "harness/report/gate/render.py": {"ruling"},
    "tests/report/gate": {"ruled", "unruled"},
    "harness/cli/sandbox.py": {"wall", "judge"},
    "harness/store/schema_1.py": {"wall"},
    "harness/grading/code/scorer.py": {"wall"},
    "harness/grading/sandbox/limits.py": {"wall"},
    "harness/grading/sandbox/sample_run.py": {"wall"},
}
"""Words that are keys of a file on disk or of a command's JSON there, which keep their names."""
LLM_JUDGE = re.compile(r"judge|second_opinion|answering_server")
"""Files about models as judges, where the word is that of the field."""
_RETIRED = {re.compile(rf"\b(?:{word})\b", re.IGNORECASE): better for word, better in RETIRED.items()}
_PERCENT = re.compile(r"[\d}] %(?!%?[\w(])")
_MATH = re.compile(r"`[^`]*`")
_RAISES = re.compile(r"\b[Rr]aises ([A-Z]\w+)")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def main() -> int:
    """Print every finding; returns 1 where there is one."""
    found = [*double_names(), *retired_words(), *retired_in_code(), *unknown_errors()]
    print(
        "\n".join(found) if found else "vocabulary: no retired word, no class name twice, no error that does not exist"
    )
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


def retired_in_code() -> Iterator[str]:
    """Retired words in names, docstrings and comments of the product, its tests, tasks and benchmarks."""
    for top in ("harness", "tests", "tasks", "benchmarks", "examples"):
        for path in sorted((ROOT / top).rglob("*.py")):
            shown = _shown(path)
            if shown == "tests/vocabulary.py":
                continue
            kept = {word for place, words in OLD_KEYS.items() if shown.startswith(place) for word in words}
            if LLM_JUDGE.search(shown):
                kept |= {word for word in RETIRED_IN_CODE if word.startswith("judg")}
            for line, text in _names_and_prose(path):
                words = {word.lower() for word in _WORD.findall(ALLOWED_IN_CODE.sub("", text))}
                for word in sorted(words & RETIRED_IN_CODE.keys() - kept):
                    yield f"{shown}:{line}: {word!r} is retired ({RETIRED_IN_CODE[word]}): {text.strip()[:90]!r}"


def unknown_errors() -> Iterator[str]:
    """Docstrings that promise an error of a name that no class has, as is left behind by a rename."""
    trees = {path: _tree(path) for path in _sources()}
    known = set(dir(builtins)) | {
        node.name for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    }
    for path, tree in trees.items():
        of_libraries = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                for name in _RAISES.findall(node.value.value):
                    if name not in known | of_libraries:
                        yield f"{_shown(path)}:{node.lineno}: raises {name}, but no class has that name"


def _names_and_prose(path: Path) -> Iterator[tuple[int, str]]:
    """Identifiers, comments and docstrings with their lines."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        is_docstring = token.type == tokenize.STRING and token.line.lstrip().startswith(('"""', 'r"""'))
        if token.type in (tokenize.NAME, tokenize.COMMENT) or is_docstring:
            for number, text in enumerate(token.string.splitlines()):
                yield token.start[0] + number, text


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
