import gc

from harness.core.garbage_collection import collect_seldom


def test_young_values_are_looked_at_seldom() -> None:
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.get_threshold() == (20_000, 20, 20)
    finally:
        gc.set_threshold(*before)
