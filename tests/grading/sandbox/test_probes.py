"""The wall in use is found by trial; where none holds the message says what to install."""

from __future__ import annotations

from harness.grading.sandbox.probes import choose, try_wall
from harness.grading.sandbox.walls import UNISOLATED, Wall


def test_nothing_escapes_the_chosen_wall() -> None:
    choice = choose()
    allowed = {"see that it exists"} if not choice.wall.hides_files else set()
    assert set(choice.escapes) <= allowed
    assert choice.probes["keep a temporary file"] is True


def test_every_wall_that_starts_refuses_the_probes(walls: list[Wall]) -> None:
    for wall in walls:
        escapes = try_wall(wall).escapes
        assert set(escapes) <= ({"see that it exists"} if not wall.hides_files else set()), wall.name


def test_the_probes_do_tell_where_there_is_no_wall() -> None:
    choice = try_wall(UNISOLATED)
    assert {"read a private file", "open an internet socket", "start a process"} <= set(choice.escapes)
