"""What can be wrong with a project."""


class CycleError(ValueError):
    """Targets that need each other."""

    def __init__(self, path):
        super().__init__(" -> ".join(path))
        self.path = list(path)


class UnknownTarget(KeyError):
    """A target that nobody defines."""
