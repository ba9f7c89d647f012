"""The grader against ground truth made by others, beside the checkout; prints every miss by source."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from harness.core.types import Sample, Verdict
from harness.grading.math.comparison.compare import compare_answers
from harness.grading.math.grader import MathGrader
from harness.grading.math.parsing.groups import boxes


def _lines(path: Path) -> list[dict[str, object]]:
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in text.decode().splitlines()]


@pytest.mark.shared("data/graders")
def test_pairs_are_graded_as_their_authors_did(shared: Path) -> None:
    misses: dict[tuple[str, str], list[str]] = defaultdict(list)
    plain = 0
    for row in _lines(shared / "data/graders/math_pairs.jsonl"):
        equal = compare_answers(str(row["gold"]), str(row["prediction"]), str(row["question"] or "")).equal
        is_policy = str(row["note"]).startswith("policy:")
        plain += not is_policy
        if equal != row["equal"]:
            kind = "undecided" if equal is None else "false positive" if equal else "false negative"
            misses[("policy" if is_policy else kind), str(row["source"])].append(str(row["id"]))
    for (kind, source), ids in sorted(misses.items()):
        print(f"{kind} {source}: {' '.join(ids)}")
    wrong = Counter(kind for (kind, _), ids in misses.items() for _ in ids)
    print(f"plain rows {plain}")
    assert wrong["false positive"] <= 1
    assert wrong["false positive"] + wrong["false negative"] + wrong["undecided"] <= 0.04 * plain


@pytest.mark.shared("data/graders")
@pytest.mark.slow
def test_responses_are_graded_as_their_authors_did(shared: Path) -> None:
    grader = MathGrader()
    misses: dict[str, list[str]] = defaultdict(list)
    rows = _lines(shared / "data/graders/math_responses.jsonl.gz")
    for row in rows:
        sample = Sample(id=str(row["id"]), prompt=str(row["question"] or ""), target=str(row["gold"]))
        grade = grader.grade(sample, str(row["response_text"]), is_truncated=False)
        if (grade.verdict is Verdict.CORRECT) != row["correct"]:
            kind = "false negative" if row["correct"] else "false positive"
            misses[f"{kind} {row['source']}"].append(f"{row['id']} ({grade.verdict.value})")
    grader.close()
    for kind, ids in sorted(misses.items()):
        print(f"{kind}: {' '.join(ids)}")
    assert sum(map(len, misses.values())) <= 0.004 * len(rows)


TARGETS = {
    "math500.jsonl.gz": "answer",
    "amc2023.jsonl": "answer",
    "hmmt_feb_2025.jsonl": "solution",
    "olympiadbench_oe_en.jsonl.gz": "final_answer",
    "minerva_math.jsonl.gz": "solution",
    "olymmath_en_hard.jsonl.gz": "answer",
    "olymmath_zh_easy.jsonl.gz": "answer",
    "math_perturb_hard.jsonl.gz": "answer",
    "cmath_dev.jsonl.gz": "golden",
}


@pytest.mark.shared("data/benchmarks")
@pytest.mark.slow
@pytest.mark.parametrize(("file", "field"), TARGETS.items())
def test_every_target_equals_itself_and_not_the_next_one(file: str, field: str, shared: Path) -> None:
    targets = []
    for row in _lines(shared / "data/benchmarks" / file):
        value = row[field]
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        targets.append(boxes(text)[-1][2] if field == "solution" else text)
    strays = []
    for target, following in zip(targets, [*targets[1:], targets[0]], strict=True):
        if compare_answers(target, rf"\boxed{{ {target} }}").equal is not True:
            strays.append(f"{target} is not itself")
        # "5" and "x=5" may stand next to each other: the name is not the answer
        if (
            compare_answers(target, following).equal is not False
            and target.rpartition("=")[2] != following.rpartition("=")[2]
        ):
            strays.append(f"{target} equals the next, {following}")
    assert strays == []
