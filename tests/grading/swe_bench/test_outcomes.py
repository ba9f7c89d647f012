"""Results of single tests, read from what pytest and unittest print."""

from __future__ import annotations

from harness.grading.swe_bench.outcomes import read_outcomes

PYTEST = """\
..F                                                   [100%]
PASSED a/test_x.py::test_one
PASSED a/test_x.py::test_two[a b]
FAILED a/test_x.py::test_two[a c] - assert 1 == 2
ERROR a/test_y.py - ImportError: no module
XFAIL a/test_x.py::test_known - issue 7
SKIPPED [1] a/test_x.py:9: no network
"""


def test_pytest_lines_are_read_and_a_cut_name_passes_only_where_all_do() -> None:
    found = read_outcomes(PYTEST)
    assert found["a/test_x.py::test_one"]
    assert found["a/test_x.py::test_known"]
    assert found["a/test_x.py::test_two[a b]"]
    assert not found["a/test_x.py::test_two[a c]"]
    assert not found["a/test_x.py::test_two[a"]
    assert not found["a/test_y.py"]
    assert "[1]" not in found


def test_unittest_lines_are_read() -> None:
    found = read_outcomes("test_a (m.C.test_a) ... ok\ntest_b (m.C.test_b) ... FAIL\ntest_c (m.C) ... skipped 'x'\n")
    assert found == {"test_a (m.C.test_a)": True, "test_b (m.C.test_b)": False}


def test_a_result_after_other_output_belongs_to_the_test_that_was_begun() -> None:
    found = read_outcomes("test_a (m.C) ... System check identified no issues.\nok\ntest_b (m.C) ... skipped 'x'\nok\n")
    assert found == {"test_a (m.C)": True}
    assert read_outcomes("It says what it does ... ok\n") == {"It says what it does": True}


def test_lines_of_sympy_are_read() -> None:
    found = read_outcomes("sympy/a/tests/test_a.py[4] \ntest_a ok\ntest_b F\ntest_c E\ntest_d ok        [FAIL]\n")
    assert found == {"test_a": True, "test_b": False, "test_c": False, "test_d": True}


def test_parameters_have_the_names_that_published_rows_give_them() -> None:
    found = read_outcomes("PASSED t.py::a[/x/y.txt]\nFAILED t.py::b[MouseButton.LEFT-2] - no\nPASSED t.py::c[//x/y]\n")
    assert found["t.py::a[/y.txt]"]
    assert found["t.py::b[1-2]"] is False
    assert "t.py::c[/y]" not in found
