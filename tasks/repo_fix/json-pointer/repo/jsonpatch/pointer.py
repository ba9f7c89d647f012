"""JSON pointers."""


class PointerError(LookupError):
    """A pointer that leads nowhere."""


def parts_of(pointer):
    """The keys of a pointer; the empty pointer has none."""
    if pointer == "":
        return []
    if not pointer.startswith("/"):
        raise PointerError(f"{pointer}: a pointer starts with a slash")
    return pointer[1:].split("/")


def position_of(part, size):
    """An array position below `size`."""
    if not part.isdigit() or (len(part) > 1 and part[0] == "0"):
        raise PointerError(f"{part}: no array position")
    if int(part) >= size:
        raise PointerError(f"{part}: the array has {size} items")
    return int(part)


def step(value, part):
    """One step into a value."""
    if isinstance(value, list):
        return value[position_of(part, len(value))]
    if isinstance(value, dict) and part in value:
        return value[part]
    raise PointerError(f"{part}: not found")


def resolve(document, pointer):
    """The value at a pointer."""
    for part in parts_of(pointer):
        document = step(document, part)
    return document
