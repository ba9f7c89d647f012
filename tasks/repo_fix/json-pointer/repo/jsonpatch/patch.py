"""JSON patches: add, remove, replace, test."""

from jsonpatch.pointer import PointerError, parts_of, position_of, resolve, step


class PatchError(ValueError):
    """A patch that does not fit; says which operation."""


def _parent(document, pointer):
    *outer, last = parts_of(pointer)
    for part in outer:
        document = step(document, part)
    return document, last


def _add(document, pointer, value):
    parent, last = _parent(document, pointer)
    if isinstance(parent, list):
        parent[position_of(last, len(parent))] = value
    else:
        parent[last] = value


def _remove(document, pointer):
    parent, last = _parent(document, pointer)
    if isinstance(parent, list):
        del parent[position_of(last, len(parent))]
    else:
        step(parent, last)
        del parent[last]


def _replace(document, pointer, value):
    parent, last = _parent(document, pointer)
    step(parent, last)
    parent[position_of(last, len(parent)) if isinstance(parent, list) else last] = value


def apply(document, operations):
    """The document after the operations."""
    for number, operation in enumerate(operations):
        kind, path = operation["op"], operation["path"]
        try:
            if kind == "add":
                _add(document, path, operation["value"])
            elif kind == "remove":
                _remove(document, path)
            elif kind == "replace":
                _replace(document, path, operation["value"])
            elif kind == "test":
                if resolve(document, path) != operation["value"]:
                    raise PatchError(f"operation {number}: the test fails")
            else:
                raise PatchError(f"operation {number}: unknown {kind}")
        except PointerError as error:
            raise PatchError(f"operation {number}: {error}") from None
    return document
