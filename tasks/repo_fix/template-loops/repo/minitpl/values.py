"""Looking up values."""


def lookup(path, scope):
    """The value of `a.b.c`: keys of dictionaries, attributes, positions; empty text for what is missing."""
    value = scope
    for part in path.split("."):
        if isinstance(value, dict):
            value = value.get(part, "")
        elif isinstance(value, list | tuple) and part.isdigit():
            value = value[int(part)] if int(part) < len(value) else ""
        else:
            value = getattr(value, part, "")
    return value
