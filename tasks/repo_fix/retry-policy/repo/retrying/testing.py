"""Functions that fail as often as a test wants."""


class Flaky:
    """Raises the given errors one after another, then returns the result for ever."""

    def __init__(self, *errors, result="ok"):
        self.errors = list(errors)
        self.result = result
        self.calls = 0

    def __call__(self):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.result
