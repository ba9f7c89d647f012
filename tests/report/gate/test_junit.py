"""JUnit XML of a gate, read back as a CI system reads it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from harness.report.gate.baseline import ModelTotals
from harness.report.gate.junit import as_junit
from tests.report.gate.rows import SIM, held, row_of, sample


def suite_of(then: ModelTotals, now: ModelTotals) -> ElementTree.Element:
    root = ElementTree.fromstring(as_junit(held(then, now)))
    assert root.tag == "testsuites"
    (suite,) = root
    return suite


def row(*given: str) -> ModelTotals:
    samples = [
        replace(sample(correct=int(one == "42")), verdicts={"correct" if one == "42" else "wrong": 1}, given=(one,))
        for one in given
    ]
    return row_of(samples, terms=SIM)


def test_failed_check_is_a_failure_with_both_figures_and_samples_in_the_output() -> None:
    suite = suite_of(row("42", "42"), row("42", "41"))
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert {case.get("classname") for case in cases.values()} == {"sums.acme/one"}
    failure = cases["accuracy"].find("failure")
    assert failure is not None
    assert failure.get("message") == "2 of 2 -> 1 of 2: 1 of 2 samples with another verdict: 1 lost (s001)"
    assert cases["dollars"].find("failure") is None
    assert suite.findtext("system-out") == "s001 lost: correct: 42 -> wrong: 41"
    assert int(suite.get("failures", "")) == len(list(suite.iter("failure"))) == 3  # accuracy, verdicts, answers
    assert int(suite.get("tests", "")) == len(cases)


def test_inconclusive_check_is_an_error_and_one_without_a_figure_is_skipped() -> None:
    suite = suite_of(row("42"), replace(row("42"), planned=2))
    assert [one.get("message") for one in suite.iter("error")] == ["the run is incomplete: 1 of 2 jobs not done"]
    older = suite_of(row_of([sample()], terms=SIM), row("42"))
    assert int(older.get("skipped", "")) == len(list(older.iter("skipped"))) > 0


def test_answer_with_control_characters_is_readable_xml() -> None:
    suite = suite_of(row("42"), row("\x1b[31m\x00]]>&<"))
    assert "\ufffd[31m\ufffd]]>&<" in (suite.findtext("system-out") or "")
