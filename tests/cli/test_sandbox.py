"""`harness sandbox`: the backend and its probes, one program run in it, the interface of external scorers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK, EXIT_USAGE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no backend was ever tried on other systems")

PROGRAM = """\
print("loaded \\x1b[31m", flush=True)
def pair(a, b=1):
    return (a, {b: [a]})
def forever():
    while True:
        pass
def kinds(count):
    return {number + 0.5: number for number in range(count)}
def leave():
    import os
    os._exit(3)
class Scale:
    def double(self, x):
        return 2 * x
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    """A program with functions that answer and functions that do not."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return str(path)


def test_check_names_the_backend_and_every_probe(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["sandbox", "check"])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("backend  ")
    assert any(line.startswith("  ok       read a private file: refused") for line in printed)
    assert any(line.startswith("  ok       keep a temporary file: worked") for line in printed)
    assert any("CPU s" in line and "MiB of memory" in line for line in printed)
    assert (printed[-1] == "contained") is (code == EXIT_OK)
    assert any("ESCAPED" in line for line in printed) is (code == EXIT_CHECK_FAILED)


def test_check_as_json_agrees_with_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["sandbox", "check", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["contained"] is (code == EXIT_OK)
    assert found["escapes"] == [
        name for name, worked in found["probes"].items() if worked and name != "keep a temporary file"
    ]
    assert found["wall"]
    assert (found["image"], found["unmeasured"]) == (None, False)
    assert found["landlock"] >= 0
    assert 1 <= found["speed_factor"] <= 8
    # 5 CPU seconds and, where nothing else is said, 6 * 5 + 10 = 40 seconds of waiting, on a machine of factor 1
    assert found["limits"]["cpu_s"] >= 5
    assert found["limits"]["wall_s"] >= 40


@pytest.mark.parametrize(
    ("entry", "args", "kwargs", "printed"),
    [
        ("pair", "[3]", "{}", "(3, {1: [3]})"),
        ("pair", '[{"k": [1]}]', '{"b": 5}', "({'k': [1]}, {5: [{'k': [1]}]})"),
        ("pair", '[{"#": "tuple", "v": [1, 2]}]', "{}", "((1, 2), {1: [(1, 2)]})"),
        ("Scale.double", '["ab\\u001b"]', "{}", r"'ab\x1bab\x1b'"),
    ],
)
def test_run_prints_the_answer_apart_from_what_the_program_printed(
    entry: str, args: str, kwargs: str, printed: str, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sandbox", "run", program, "--entry", entry, "--args", args, "--kwargs", kwargs]) == EXIT_OK
    said = capsys.readouterr()
    assert said.out == f"{printed}\n"
    assert r"printed: loaded \x1b[31m" in said.err  # a terminal does not obey what a program prints


@pytest.mark.parametrize(
    ("entry", "args", "ending"),
    [
        ("paar", "[3]", "paar: it raised NameError: the program does not define 'paar'"),
        ("pair", "[1, 2, 3]", "pair: it raised TypeError: pair() takes from 1 to 2 positional arguments but 3 were"),
        ("forever", "[]", "forever: it gave no answer (ended by: cpu)"),
        ("leave", "[]", "leave: it gave no answer (ended by: exit)"),
        ("kinds", "[6000]", "kinds: it gave something that is no data"),
    ],
)
def test_run_says_how_a_program_without_an_answer_ended(
    entry: str, args: str, ending: str, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sandbox", "run", program, "--entry", entry, "--args", args, "--limit", "0.3"]
    assert main(words) == EXIT_CHECK_FAILED
    assert capsys.readouterr().out.startswith(ending)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--args", "3"], "--args 3 is no JSON list"),
        (["--args", "{'a'}"], "is no JSON"),
        (["--args", '[{"#": "tupel", "v": []}]'], "tag 'tupel' is unknown; known: tuple"),
        (["--args", "[" * 150 + "]" * 150], "nested deeper than 100"),
        (["--args", "[]", "--kwargs", "[]"], "--kwargs [] is no JSON object"),
    ],
)
def test_run_refuses_arguments_that_are_no_list_of_data(
    options: list[str], said: str, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sandbox", "run", program, "--entry", "pair", *options]) == EXIT_USAGE
    assert said in capsys.readouterr().err


def test_run_names_a_program_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, content in ((tmp_path / "none.py", None), (tmp_path / "bytes.py", b"\xff\xfe")):
        if content is not None:
            path.write_bytes(content)
        assert main(["sandbox", "run", str(path), "--entry", "f", "--args", "[]"]) == EXIT_USAGE
        assert str(path) in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "soon"])
def test_a_limit_must_be_a_time(limit: str, program: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sandbox", "run", program, "--entry", "pair", "--args", "[]", f"--limit={limit}"])
    assert ended.value.code == EXIT_USAGE
    assert f"{limit!r} is not a number of seconds above 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "expected", "verdict"), [("score", 10, "pass"), ("score", 11, "fail"), ("judge", 10, "pass")]
)
def test_score_writes_the_verdict(name: str, expected: int, verdict: str, program: str, tmp_path: Path) -> None:
    tests, out = tmp_path / "tests.json", tmp_path / "out.json"
    tests.write_text(json.dumps({"entry": "Scale.double", "cases": [{"args": [5], "expected": expected}]}))
    assert main(["sandbox", name, program, str(tests), str(out), "2"]) == EXIT_OK
    written = json.loads(out.read_text())
    assert (written["verdict"], bool(written["wall"])) == (verdict, True)


def test_score_names_what_it_cannot_read_or_write(
    program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tests, out = tmp_path / "tests.json", tmp_path / "out.json"
    tests.write_text('{"entry": "pair", "cases": []}')
    missing = tmp_path / "missing"
    for words, said in (
        ([str(missing), str(tests), str(out)], "missing: No such file"),
        ([program, str(missing), str(out)], 'accepted: {"entry": NAME'),
        ([program, str(tests), str(missing / "out")], "a file in an existing folder is needed"),
    ):
        assert main(["sandbox", "score", *words, "1"]) == EXIT_USAGE
        assert said in capsys.readouterr().err
    assert not out.exists()
