"""A gate as JUnit XML, which CI systems show as tests: a suite for each model on each task, a case for each check.

A failed check is a failure, an inconclusive one an error. Format: the elements that GitLab, Jenkins and GitHub's
reporters read (testsuites, testsuite, testcase, failure, error, skipped, system-out).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from xml.etree import ElementTree

from harness.report.gate.build import GateReport
from harness.report.gate.check_result import CheckOutcome, GateCheckResult
from harness.report.gate.render import change_text, finding_text, prompt_lines

ELEMENTS = {CheckOutcome.FAILED: "failure", CheckOutcome.INCONCLUSIVE: "error", CheckOutcome.SKIPPED: "skipped"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 does not allow, not even escaped (section 2.2)."""


def as_junit(found: GateReport) -> bytes:
    """The file. Samples and prompts that changed stand in the `system-out` of their suite."""
    root = ElementTree.Element("testsuites", _counts(found.findings, name=_xml_text(f"gate of {found.run}")))
    for (task, model), checks in groupby(found.findings, key=lambda one: (one.task, one.model)):
        rows = tuple(checks)
        suite = ElementTree.SubElement(root, "testsuite", _counts(rows, name=_xml_text(f"{model} on {task}")))
        for one in rows:
            names = {"classname": _xml_text(f"{task}.{model}"), "name": _xml_text(one.check)}
            case = ElementTree.SubElement(suite, "testcase", {**names, "time": "0"})
            if one.outcome in ELEMENTS:
                ElementTree.SubElement(case, ELEMENTS[one.outcome], {"message": _xml_text(finding_text(one))})
        lines = [change_text(one) for one in found.changes if (one.task, one.model) == (task, model)]
        said = "\n".join([*lines, *_prompts(found, task)])
        if said:
            ElementTree.SubElement(suite, "system-out").text = _xml_text(said)
    ElementTree.indent(root, " ")
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _counts(rows: tuple[GateCheckResult, ...], *, name: str) -> dict[str, str]:
    number = {word: sum(one.outcome is outcome for one in rows) for outcome, word in ELEMENTS.items()}
    return {
        "name": name,
        "tests": str(len(rows)),
        "failures": str(number["failure"]),
        "errors": str(number["error"]),
        "skipped": str(number["skipped"]),
        "time": "0",
    }


def _prompts(found: GateReport, task: str) -> Iterator[str]:
    for one in found.prompts:
        if one.task == task:
            yield from prompt_lines(one)


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
