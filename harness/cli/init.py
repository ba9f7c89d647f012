"""`harness init`: a folder to start in: providers.yaml, .env.example, problems, a task file, a CI workflow."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import EXIT_OK, LocalError, UsageError

PACKAGE = Path(__file__).resolve().parents[1]
STARTER = PACKAGE / "starter"
FILES = {
    "providers.yaml": "providers.yaml",
    "questions.csv": "questions.csv",
    "tasks/word_lengths.py": "tasks/word_lengths.py",
    ".github/workflows/evaluation.yml": "evaluation.yml",
    ".gitignore": "gitignore",
}
"""Where each file goes, and its name in the package."""

NEXT = """
next:
  harness doctor
      what works on this machine
  harness run questions.csv --grader numeric -m sim/cheap-verbose
      the problems of questions.csv and a simulated model, no key
  harness run word-lengths -m sim/cheap-verbose
      the task in tasks/
  cp .env.example .env
      then write your keys into .env, and run real models
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(), metavar="DIR", help="default: the working folder"
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist; without it they are kept")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    folder: Path = arguments.folder
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; accepted: a folder, which may be new")
    for name, text in starter_files().items():
        path = folder / name
        is_kept = path.exists() and not arguments.force
        if not is_kept:
            _write(path, text)
        print(f"{'kept ' if is_kept else 'wrote'} {path}{' (it exists; --force replaces it)' if is_kept else ''}")
    print(NEXT.rstrip())
    return EXIT_OK


def starter_files() -> Mapping[str, str]:
    """Every file by its path below the folder."""
    found = {path: (STARTER / name).read_text(encoding="utf-8") for path, name in FILES.items()}
    return {**found, ".env.example": _env_example().read_text(encoding="utf-8")}


def _env_example() -> Path:
    """Inside the wheel, or at the top of a checkout."""
    in_wheel = PACKAGE / "shipped" / "env.example"
    return in_wheel if in_wheel.is_file() else PACKAGE.parent / ".env.example"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error.strerror or error}") from error
