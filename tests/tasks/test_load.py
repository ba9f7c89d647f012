"""Loading tasks by name and users' own files: folders, candidates, content hashes, and every wrong input we know."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import ConfigError, DataError, HarnessError, UsageError
from harness.core.types import Sample
from harness.tasks.load import content_hash, load_file, load_task, task_names

TASK_FILE = """
from harness.tasks import Sample, Source, Task, text_field

def to_sample(row, position):
    return Sample(id=text_field(row, "id"), prompt=text_field(row, "q"), target=text_field(row, "a"))

TASK = Task(name="{name}", version=1, grader="math", to_sample=to_sample, content_hash={pin!r},
            source=Source(title="sums", licence="CC0", hub_id={hub!r}, hub_split="test", files=("sums_test", "sums")))
"""
ROWS = [{"id": "a", "q": "1+1?", "a": "2"}, {"id": "b", "q": "2+2?", "a": "4"}]


def write_task(folder: Path, stem: str = "sums", *, name: str | None = None, pin: str | None = None) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / f"{stem}.py"
    path.write_text(TASK_FILE.format(name=name or stem, pin=pin, hub="someone/sums"))
    return path


def write_rows(path: Path, rows: list[dict[str, str]] = ROWS) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


# names and folders


def test_shipped_tasks_are_named_by_their_files(tmp_path: Path) -> None:
    names = task_names(None, tmp_path)
    assert {"gsm8k", "math-500", "aime-2024", "aime-2025", "humaneval", "mbpp", "core-math", "core-code"} <= set(names)
    assert names == sorted(names)


def test_a_tasks_folder_here_adds_to_the_shipped_ones(tmp_path: Path) -> None:
    write_task(tmp_path / "tasks")
    (tmp_path / "tasks" / "celery_jobs.py").write_text("app = 'no task of ours'\n")
    names = task_names(None, tmp_path)
    assert "sums" in names
    assert "gsm8k" in names
    assert "celery-jobs" not in names


def test_a_given_folder_hides_the_same_name_elsewhere(tmp_path: Path) -> None:
    write_task(tmp_path / "tasks", "gsm8k")
    write_task(tmp_path / "given", "gsm8k")
    write_rows(tmp_path / "data" / "sums.jsonl")
    write_rows(tmp_path / "given" / "sums.jsonl")
    (tmp_path / "given" / "gsm8k.py").write_text((tmp_path / "given" / "gsm8k.py").read_text() + "\nMINE = 1\n")
    loaded = load_task("gsm8k", tasks_dir=tmp_path / "given", cwd=tmp_path, data_dir=tmp_path / "data")
    assert loaded.task.source.title == "sums"
    assert loaded.task.to_sample.__globals__["MINE"] == 1


@pytest.mark.parametrize("name", ["math-500", "math_500", "MATH-500"])
def test_dash_and_underscore_are_equal(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="task math-500"):
        load_task(name, cwd=tmp_path, data_dir=tmp_path)


def test_unknown_task_lists_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"task 'gsm9k' is unknown; did you mean gsm8k"):
        load_task("gsm9k", cwd=tmp_path, data_dir=None)


def test_missing_tasks_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere: there is no such folder"):
        task_names(tmp_path / "nowhere", tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TASK = 1\n", "TASK has the type int"),
        ("\nassert 1 == 2\nTASK = 1\n", r"sums.py:2: AssertionError"),
        ("import nothing_of_the_kind\nTASK = 1\n", r"sums.py:1: ModuleNotFoundError"),
        ("x = 1\nTASK = (\n", r"sums.py:2: SyntaxError"),
        ("\n\nTASK = undefined_name\n", r"sums.py:3: NameError"),
        (TASK_FILE.format(name="addition", pin=None, hub="x/y"), "TASK.name is 'addition'; accepted: 'sums'"),
    ],
)
def test_faulty_task_file_names_file_and_line(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "sums.py").write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_task("sums", cwd=tmp_path, data_dir=tmp_path)


# data folders


@pytest.mark.parametrize("name", ["sums.jsonl", "sums_test.jsonl", "sums.json", "sums.jsonl.gz", "sums_test.json.gz"])
def test_any_accepted_file_gives_the_same_samples(name: str, tmp_path: Path) -> None:
    write_task(tmp_path / "tasks")
    text = json.dumps(ROWS) if ".json." in f"{name}." else "".join(json.dumps(row) + "\n" for row in ROWS)
    raw = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    loaded = load_task("sums", cwd=tmp_path, data_dir=tmp_path)
    assert [sample.target for sample in loaded.samples] == ["2", "4"]
    assert loaded.origin == f"file {tmp_path / name}"
    assert loaded.accepted_change is None


def test_missing_data_file_names_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"looked for gsm8k_test, gsm8k, .* each with .jsonl, .jsonl.gz"):
        load_task("gsm8k", cwd=tmp_path, data_dir=tmp_path)


def test_data_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere is not a folder"):
        load_task("gsm8k", cwd=tmp_path, data_dir=tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"id": "a", "q": "?", "a": "1"}\n{"id": "b"', r"sums.jsonl:2: not JSON"),
        ('\n{"id": "a", "q": "?"}\n', r"sums.jsonl:2: field 'a' is missing; found id, q"),
        ('{"id": "a", "q": "?", "a": 1}\n', r"sums.jsonl:1: field 'a' holds 1; accepted: text"),
        ('["id"]\n', r"sums.jsonl:1: holds a list; accepted: an object"),
        ('{"id": "a", "q": "?", "a": "1"}\n' * 2, r"sums.jsonl:2: id 'a' is already used at .*sums.jsonl:1"),
        ('{"id": "a", "q": "?", "a": " "}\n', r"sums.jsonl:1: prompt and target must not be empty"),
        ('{"id": "a", "q": "\\ud800", "a": "1"}\n', r"sums.jsonl:1: .*surrogates not allowed"),
        pytest.param("1" * 5000, r"sums.jsonl:1: cannot be decoded: Exceeds the limit", id="a number without end"),
        pytest.param("[" * 100_000, r"sums.jsonl:1: cannot be decoded: maximum recursion", id="lists without end"),
        ("\n", r"holds no samples"),
    ],
)
def test_faulty_row_is_named_by_file_and_line(content: str, message: str, tmp_path: Path) -> None:
    write_task(tmp_path / "tasks")
    (tmp_path / "sums.jsonl").write_text(content)
    with pytest.raises(DataError, match=message):
        load_task("sums", cwd=tmp_path, data_dir=tmp_path)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b'{"id": "\xff"}', "not UTF-8 at byte 8"),
        (b"\x1f\x8bnot really", "cannot be read"),
        (gzip.compress(b'{"id": "a"}' * 40, mtime=0)[:-12], "cannot be read"),
    ],
)
def test_damaged_file_is_an_error_of_one_line(raw: bytes, message: str, tmp_path: Path) -> None:
    write_task(tmp_path / "tasks")
    (tmp_path / "sums.jsonl").write_bytes(raw)
    with pytest.raises(DataError, match=message) as caught:
        load_task("sums", cwd=tmp_path, data_dir=tmp_path)
    assert "\n" not in str(caught.value)


def test_shipped_file_lies_beside_the_task(tmp_path: Path) -> None:
    task = write_task(tmp_path / "tasks")
    task.write_text(task.read_text().replace('files=("sums_test", "sums")', 'shipped="own.jsonl"'))
    write_rows(tmp_path / "tasks" / "data" / "own.jsonl")
    loaded = load_task("sums", cwd=tmp_path, data_dir=None)
    assert (len(loaded.samples), loaded.origin) == (2, "shipped own.jsonl")


# the hub


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # the package's own warnings
def test_hub_and_file_meet_in_one_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub-cache"))
    write_rows(tmp_path / "set" / "test.jsonl")
    write_rows(tmp_path / "sums.jsonl")
    task = write_task(tmp_path / "tasks")
    task.write_text(task.read_text().replace("someone/sums", str(tmp_path / "set")))
    from_hub = load_task("sums", cwd=tmp_path, data_dir=None)
    from_file = load_task("sums", cwd=tmp_path, data_dir=tmp_path)
    assert from_hub.content_hash == from_file.content_hash
    assert from_hub.origin.startswith("hub ")


@pytest.mark.slow
def test_unreachable_hub_is_one_error_without_retries(tmp_path: Path) -> None:
    write_task(tmp_path / "tasks")
    with socket.socket() as closed:  # bound and not listening: connections are refused
        closed.bind(("127.0.0.1", 0))
        hub = f"http://127.0.0.1:{closed.getsockname()[1]}"
        places = {"HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "cache"), "NO_PROXY": "*"}
        done = subprocess.run(
            [sys.executable, "-m", "harness", "run", "sums", "-m", "sim/fast-sloppy"],
            cwd=tmp_path, env=os.environ | places, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        f"harness: hub someone/sums test: {hub} cannot be reached and no copy is in the cache; "
        "without a network give the files with --data-dir or HARNESS_DATA_DIR\n"
    )


def test_parquet_and_json_lines_meet_in_one_hash(tmp_path: Path) -> None:
    write_task(tmp_path / "tasks")
    for folder in ("lines", "columns"):
        (tmp_path / folder).mkdir()
    write_rows(tmp_path / "lines" / "sums.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "lines" / "sums.jsonl").read_text().splitlines()]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "columns" / "sums.parquet")
    from_lines = load_task("sums", cwd=tmp_path, data_dir=tmp_path / "lines")
    from_columns = load_task("sums", cwd=tmp_path, data_dir=tmp_path / "columns")
    assert from_columns.content_hash == from_lines.content_hash


def test_broken_parquet_is_named(tmp_path: Path) -> None:
    write_task(tmp_path / "tasks")
    (tmp_path / "sums.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(DataError, match=r"sums.parquet: cannot be read as Parquet"):
        load_task("sums", cwd=tmp_path, data_dir=tmp_path)


# content hashes


def test_changed_data_names_both_hashes_and_the_way_out(tmp_path: Path) -> None:
    write_task(tmp_path / "tasks", pin="sha256:0123")
    write_rows(tmp_path / "sums.jsonl")
    with pytest.raises(DataError) as caught:
        load_task("sums", cwd=tmp_path, data_dir=tmp_path)
    found = load_task("sums", cwd=tmp_path, data_dir=tmp_path, accept_changed_data=True)
    assert "sha256:0123" in str(caught.value)
    assert found.content_hash in str(caught.value)
    assert "--accept-changed-data" in str(caught.value)
    assert found.accepted_change is not None
    assert "sha256:0123" in found.accepted_change
    assert found.content_hash in found.accepted_change


def test_met_pin_is_silent_whatever_the_order(tmp_path: Path) -> None:
    samples = [Sample(id=row["id"], prompt=row["q"], target=row["a"]) for row in ROWS]
    write_task(tmp_path / "tasks", pin=content_hash(samples))
    write_rows(tmp_path / "sums.jsonl", ROWS[::-1])
    loaded = load_task("sums", cwd=tmp_path, data_dir=tmp_path)
    assert [sample.id for sample in loaded.samples] == ["b", "a"]
    assert loaded.accepted_change is None


def test_hash_of_one_sample_is_the_sha256_of_its_json() -> None:
    # printf '["a", "1+1?", "2"]' | sha256sum
    expected = "sha256:c2c791190f3d19163cb4a7abf604fa771d0ab8723a76abf14c4d3744b3047e5c"
    assert content_hash([Sample(id="a", prompt="1+1?", target="2")]) == expected


texts = st.text(max_size=8)
samples_lists = st.lists(
    st.builds(lambda i, p, t: Sample(id=i, prompt=p, target=t), texts, texts, texts), min_size=1, max_size=6
)


@given(samples_lists, st.randoms(use_true_random=False))
def test_hash_does_not_depend_on_order(samples: list[Sample], random: object) -> None:
    shuffled = list(samples)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert content_hash(shuffled) == content_hash(samples)


@given(samples_lists, st.sampled_from(["id", "prompt", "target"]))
def test_hash_changes_with_id_prompt_and_target(samples: list[Sample], field: str) -> None:
    changed = replace(samples[0], **{field: getattr(samples[0], field) + "x"})
    assert content_hash([changed, *samples[1:]]) != content_hash(samples)


def test_hash_ignores_what_is_never_compared() -> None:
    plain = Sample(id="a", prompt="p", target="t")
    tagged = Sample(id="a", prompt="p", target="t", tags={"difficulty": "easy"}, reference="r")
    assert content_hash([plain]) == content_hash([tagged])


def test_a_filter_on_a_missing_field_is_named(tmp_path: Path) -> None:
    task = write_task(tmp_path / "tasks")
    task.write_text(
        task.read_text().replace('files=("sums_test", "sums"))', 'files=("sums",)), keep=lambda r: r["n"] > 1')
    )
    write_rows(tmp_path / "sums.jsonl")
    with pytest.raises(DataError, match=r"sums.jsonl:1: field 'n' is missing; found a, id, q"):
        load_task("sums", cwd=tmp_path, data_dir=tmp_path)


# users' own files


def own(tmp_path: Path, *rows: object, name: str = "my.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("prompt", ["prompt", "question", "problem", "input"])
@pytest.mark.parametrize("target", ["answer", "target"])
def test_own_file_accepts_the_usual_field_names(prompt: str, target: str, tmp_path: Path) -> None:
    loaded = load_file(own(tmp_path, {prompt: "What is 1+1?", target: 2}), grader="math")
    (sample,) = loaded.samples
    assert sample.prompt.startswith("What is 1+1?")
    assert "\\boxed{}" in sample.prompt
    assert sample.target == "2"
    assert (loaded.task.name, loaded.task.grader, loaded.task.content_hash) == ("my.jsonl", "math", None)
    assert loaded.content_hash.startswith("sha256:")


def test_own_prompt_that_asks_for_the_form_is_left_as_it_is(tmp_path: Path) -> None:
    path = own(tmp_path, {"prompt": "1+1? Answer in \\boxed{}.", "answer": "2"})
    assert load_file(path, grader="math").samples[0].prompt == "1+1? Answer in \\boxed{}."


def test_own_id_system_reference_and_tags_are_kept(tmp_path: Path) -> None:
    row = {"id": 7, "prompt": "p", "answer": "t", "system": "s", "reference": "r", "tags": {"difficulty": "hard"}}
    (sample,) = load_file(own(tmp_path, row), grader="math").samples
    assert (sample.id, sample.system, sample.reference, sample.tags) == ("7", "s", "r", {"difficulty": "hard"})


def test_own_tests_for_code_may_be_an_object(tmp_path: Path) -> None:
    tests = {"kind": "asserts", "entry_point": "f", "tests": "assert f() == 1"}
    (sample,) = load_file(own(tmp_path, {"prompt": "Write f.", "target": tests}), grader="code").samples
    assert json.loads(sample.target) == tests
    assert "```python" in sample.prompt


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": "?", "answer": "1"}, "none of the fields prompt, question, problem, input; found answer, text"),
        ({"prompt": "?", "solution": "1"}, "none of the fields answer, target; found prompt, solution; rename"),
        ({"prompt": "?", "answer": None}, "none of the fields answer, target; found answer, prompt"),
        ({"prompt": "?", "question": "!", "answer": "1"}, "fields prompt and question differ"),
        ({"prompt": "?", "answer": True}, "the answer is true; accepted"),
        ({"prompt": ["?"], "answer": "1"}, r'the prompt is \["\?"\]; accepted: text'),
        ({"prompt": "?", "answer": "1", "tags": ["x"]}, r"tags is \[\"x\"\]; accepted"),
        ({"prompt": "?", "answer": "1", "id": 1.5}, "id is 1.5; accepted"),
        ({}, "none of the fields prompt, question, problem, input; found no fields"),
    ],
)
def test_faulty_own_row_is_named_by_file_and_line(row: object, message: str, tmp_path: Path) -> None:
    path = own(tmp_path, {"prompt": "fine?", "answer": "1"}, row)
    with pytest.raises(DataError, match=rf"my.jsonl:2: {message}"):
        load_file(path, grader="math")


@pytest.mark.parametrize(("name", "message"), [("no.jsonl", "no such file"), ("my.xml", "unknown kind of data file")])
def test_own_file_that_cannot_be_read_is_named(name: str, message: str, tmp_path: Path) -> None:
    if name == "my.xml":
        (tmp_path / name).write_text("prompt,answer\n")
    with pytest.raises(HarnessError, match=message):
        load_file(tmp_path / name, grader="math")


def test_line_separator_inside_a_text_does_not_end_a_line(tmp_path: Path) -> None:
    path = tmp_path / "my.jsonl"
    path.write_text('{"prompt": "a\u2028b", "answer": "1"}\n', encoding="utf-8")
    assert load_file(path, grader="none").samples[0].prompt == "a\u2028b"
