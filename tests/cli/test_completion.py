"""`harness completion`: scripts that the shells accept, with every command and its options."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from harness.cli.main import COMMANDS, main
from harness.core.errors import EXIT_OK


@pytest.fixture(scope="module")
def bash_script() -> str:
    with pytest.MonkeyPatch.context() as patch:
        import io

        out = io.StringIO()
        patch.setattr("sys.stdout", out)
        assert main(["completion", "bash"]) == EXIT_OK
        return out.getvalue()


def completed(script: str, *words: str) -> set[str]:
    """What bash offers after these words, the last of which is begun."""
    ask = (
        f"{script}\nCOMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}; COMP_LINE=x; COMP_POINT=1\n"
        "_shtab_harness; printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
    return {line.strip() for line in done.stdout.split("\n") if line.strip()}


def test_commands_are_completed(bash_script: str) -> None:
    assert set(COMMANDS) <= completed(bash_script, "harness", "")
    assert completed(bash_script, "harness", "doc") == {"doctor"}


def test_options_and_their_choices_are_completed(bash_script: str) -> None:
    assert {"--format", "--force", "--output"} <= completed(bash_script, "harness", "export", "--")
    assert {"csv", "parquet"} <= completed(bash_script, "harness", "export", "--format", "")


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_get_a_script_with_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == EXIT_OK
    script = capsys.readouterr().out
    assert all(name in script for name in COMMANDS)
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n"], input=script, text=True, check=True)
