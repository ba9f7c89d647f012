"""Merging settings over settings."""


def merge(base, over):
    """The base with the other settings over it: objects are merged, anything else is replaced."""
    result = dict(base)
    for name, value in over.items():
        if isinstance(value, dict) and isinstance(result.get(name), dict):
            _merge_into(result[name], value)
        elif value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def _merge_into(target, over):
    for name, value in over.items():
        if isinstance(value, dict) and isinstance(target.get(name), dict):
            _merge_into(target[name], value)
        else:
            target[name] = value
