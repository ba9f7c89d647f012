"""Nothing that a reader sees is without a Chinese text: templates, columns, sentences, charts, states."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.core.types import Verdict
from harness.report.charts import draw
from harness.report.charts.build import charts, read_figures
from harness.report.charts.theme import NARROW, WIDE
from harness.report.claims import render as claims_render
from harness.report.comparison import columns as comparison_columns
from harness.report.render.language import catalogue, language, speaking, tr
from harness.report.render.table import Column
from harness.report.run_report import render as run_render
from harness.report.run_report.columns import COLUMNS
from harness.report.solved import render as solved_render
from harness.viewer.job_state import SYMBOLS
from harness.viewer.template import TEMPLATES
from tests.cases import all_cases
from tests.commands import run_here
from tests.report.runs import RunWriter, answer, endpoint

ROOT = Path(__file__).resolve().parents[3]
FIXTURE = ROOT / "tests" / "fixtures" / "schema_1"
LETTERS = re.compile("[a-z]{2,}")
KEPT = {"harness", "harness run", "UTC", "harness runs"}
"""Commands and the like, the same in every language."""


def has_chinese(text: str) -> bool:
    """Whether the text has an entry, whole or as a pattern."""
    exact, patterns = catalogue("zh")
    return text in exact or any(pattern.fullmatch(text) for pattern, _ in patterns)


def template_texts(path: Path) -> Iterator[str]:
    """Texts that stand in a template outside tags and expressions."""
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<!doctype[^>]*>|<[^>]*>", "\0", path.read_text(), flags=re.DOTALL)
    bare = re.sub(r"data-[a-z]+=\"?", "", bare)
    return (part.strip() for part in bare.split("\0") if LETTERS.search(part))


@all_cases("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_every_text_of_a_template_is_translated(path: Path) -> None:
    assert [text for text in template_texts(path) if text not in KEPT] == []
    marked = re.findall(r"""["']((?:[^"'{}]|(?<=\w)'(?=\w))+)["'] \| tr""", path.read_text())
    assert [text for text in marked if not has_chinese(text)] == []


def shown_columns() -> Iterator[Column[object]]:
    for module in (run_render, comparison_columns, claims_render, solved_render):
        for value in vars(module).values():
            found = value if isinstance(value, tuple) else (value,)
            yield from (one for one in found if isinstance(one, Column))
    yield from COLUMNS  # type: ignore[misc]


def test_every_column_has_a_chinese_head_and_meaning() -> None:
    texts = dict.fromkeys(text for one in shown_columns() for text in (one.title, one.meaning) if LETTERS.search(text))
    assert len(texts) > 50
    assert [text for text in texts if not has_chinese(text)] == [], "add them to harness/report/render/texts/zh.yaml"


SENTENCES = (
    *("viewer/headline.py", "viewer/report_file.py", "report/render/mode.py", "pricing/gpu_time.py", "pricing/cost.py"),
    *(
        f"report/{name}"
        for name in (
            "run_report",
            "run_data",
            "caching",
            "solved",
            "comparison",
            "effort",
            "findings",
            "gate",
            "speed",
            "history",
            "claims",
        )
    ),
    *(f"report/charts/{name}.py" for name in ("scatter", "rows")),
)
"""Modules and packages whose texts reach a document, a page or a chart."""
NOT_SHOWN = {
    *("harness gate baseline", "harness baseline update RUN FILE writes one", "harness run"),
    *("harness speed {} --requests {} --spread 8h", "names, numbers, + - * / ( ), abs, max, min, round"),
    *("harness claims --id {} --plan", "harness claims RUN --id {}", r"prompt ([\d.]+), completion ([\d.]+)"),
    *(
        "first model: ",
        "second model:",
        "cold run: {}",
        "warm run: {}",
        "higher level: {}",
        "lower level: {}",
        "claim {} stands twice, first in {}; keep one",
        "tuple[Counts, list[Any]]",  # a type
    ),
}
"""Commands, patterns, words of mistakes in files, and marks between parts of the code."""


def literals(node: ast.AST) -> Iterator[str]:
    """Texts of a module with {} for what differs; those of docstrings and of errors are left out."""
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if isinstance(child, ast.Raise) or is_docstring:
            continue
        if isinstance(child, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in child.values]
            yield "".join(parts)
            yield from (
                text for part in child.values if isinstance(part, ast.FormattedValue) for text in literals(part)
            )
        elif isinstance(child, ast.Constant):
            if isinstance(child.value, str):
                yield child.value
        else:
            yield from literals(child)


def sentences(path: Path) -> Iterator[str]:
    """Texts of two words or more, without the places that they begin with."""
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        for text in literals(ast.parse(file.read_text(encoding="utf-8"))):
            own = re.sub(r"^(?:\{\}(?: on \{\})?: )+", "", text)
            words = LETTERS.findall(own.replace("{}", ""))
            is_code = (
                "datum." in own or "-src " in own or own.startswith("^(")
            )  # Vega's expressions, a policy, a pattern
            if len(words) > 1 and " " in own.strip() and not is_code and not {text, own} & NOT_SHOWN:
                yield own


@all_cases("module", SENTENCES)
def test_every_sentence_of_a_document_has_a_chinese_one(module: str) -> None:
    entries = yaml.load((ROOT / "harness/report/render/texts/zh.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    keys = {re.sub(r"^(?:\{\}(?: on \{\})?: )+", "", key.replace("{w}", "{}")) for key in entries}
    path = ROOT / "harness" / module
    assert path.exists()
    missing = [text for text in sentences(path) if text not in keys and not has_chinese(text)]
    assert missing == [], "add them to harness/report/render/texts/zh.yaml"


def test_every_state_and_verdict_has_a_chinese_word() -> None:
    words = [state.replace("_", " ") for state in (*SYMBOLS, *(verdict.value for verdict in Verdict))]
    assert [word for word in words if not has_chinese(word)] == []


@pytest.mark.slow
def test_charts_show_names_of_models_and_chinese_alone(tmp_path: Path) -> None:
    models = [endpoint("acme/one"), endpoint("acme/two", simulated=True)]
    run = RunWriter(tmp_path / "run", endpoints=models, samples=12)
    for place, who in enumerate(models):
        for sample in range(12):
            run.job(who, sample, [answer()], Verdict.CORRECT if sample < 9 - place else Verdict.WRONG)
    run.close()
    with speaking("zh"):
        for chart in charts(read_figures([run.run, run.run])):
            for size in (WIDE, NARROW):
                spec = chart.make(size)
                assert spec is not None
                texts = re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", draw.svg(spec, title=chart.name))
                words = [text for text in texts if LETTERS.search(re.sub(r"acme/\w+|token|CI|\d  \d run", "", text))]
                assert words == [], chart.name


def test_commands_write_chinese_where_asked_and_english_after_that(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE / "complete", tmp_path / "complete")
    ran = run_here("report", "complete", "--lang", "zh", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "准确率" in ran.stdout
    assert "accuracy" not in ran.stdout
    assert "成立" in run_here("claims", "--lang", "zh", cwd=tmp_path).stdout
    assert language() == "en"
    assert tr("accuracy") == "accuracy"


ENGLISH = re.compile("[a-z]{2,}(?: [a-z]{2,}){3,}")
SAID = re.compile('[“"][^”"]*[”"]')
"""What a provider said, in quotation marks."""


@pytest.mark.parametrize(
    "command",
    [
        ("report", "complete"),
        ("report", "interrupted"),
        ("compare", "complete"),
        ("compare", "complete", "interrupted"),
        ("gate", "complete", "--baseline", "baseline.json"),
        ("gate", "interrupted", "--baseline", "baseline.json"),
        ("trend", "sim/v1-flaky", "--results", "."),
        ("runs", "list", "--results", "."),
        ("claims",),
    ],
    ids=" ".join,
)
def test_no_sentence_of_a_document_stays_english(command: tuple[str, ...], tmp_path: Path) -> None:
    for name in ("complete", "interrupted"):
        shutil.copytree(FIXTURE / name, tmp_path / name)
    assert run_here("baseline", "update", "complete", "baseline.json", cwd=tmp_path).returncode == 0
    ran = run_here(*command, "--lang", "zh", "--wide", cwd=tmp_path)
    assert ran.returncode in (0, 1, 3), ran.stderr  # 1 and 3: what a gate found
    assert re.search("[\u4e00-\u9fff]", ran.stdout)
    # a quotation may go on in the next line of a note
    lines = (ran.stdout if command == ("claims",) else ran.stdout.replace("\n  ", "")).splitlines()
    if command == ("claims",):  # what a claim and its notes say stays; it stands below its row
        lines = [line for line in lines if not line.startswith("  ")]
        assert not ENGLISH.search(ran.stdout.partition("\n")[0])
    assert [line for line in lines if ENGLISH.search(SAID.sub("", line))] == []


def test_words_of_a_claim_stay_as_they_are_and_its_frame_is_chinese() -> None:
    with speaking("zh"):
        told = tr("R1 costs 64 samples. [2 of 3 checks hold] Its note; 64 samples.")
    assert told == "R1 costs 64 samples. [3 项检查中 2 项成立] Its note; 64 samples."


def test_what_stands_in_a_sentence_is_translated_in_turn_and_names_are_kept() -> None:
    with speaking("zh"):
        assert tr("acme/one on gsm8k: 3 of 5 jobs not done yet") == "acme/one（gsm8k）：5 个作业中 3 个尚未完成"
        assert tr("a sentence nobody wrote") == "a sentence nobody wrote"


@pytest.mark.parametrize(("line", "own"), [("command: ", "命令"), ("made by: ", "生成命令")])
def test_the_command_of_a_run_is_kept_however_long_its_prompt_is(line: str, own: str) -> None:
    command = "harness run gsm8k --system " + "one; two: 3 of 4, on x x 5; " * 4_000
    with speaking("zh"):
        assert tr(line + command) == f"{own}：{command}"
