"""Names of events: words with dots; a `*` at the end of a pattern takes all that follow."""


def matches(pattern, name):
    """Whether an event is meant by a pattern."""
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return pattern == name
