"""Reading rows, one record at a time."""


class CsvError(ValueError):
    """A text that is no CSV; says in which record."""


def records(text):
    """The records of a text; a line break inside quotes belongs to its record."""
    start, inside = 0, False
    for position, sign in enumerate(text):
        if sign == '"':
            inside = not inside
        elif sign == "\n" and not inside:
            yield text[start:position].removesuffix("\r")
            start = position + 1
    if start < len(text):
        yield text[start:]


def _quoted(line, start):
    """A quoted field whose opening quote is at `start`: its text, and where it ends."""
    parts = []
    position = start + 1
    while True:
        end = line.find('"', position)
        if end < 0:
            raise CsvError("a quoted field does not end")
        parts.append(line[position:end])
        if line[end + 1 : end + 2] == '"' and line[end + 2 : end + 3] not in ("", '"'):
            parts.append('"')
            position = end + 2
            continue
        return "".join(parts), end + 1


def parse_line(line):
    """The fields of one record."""
    fields, position = [], 0
    while True:
        if line[position : position + 1] == '"':
            value, position = _quoted(line, position)
            if line[position : position + 1] == '"':
                position += 1
        else:
            end = line.find(",", position)
            end = len(line) if end < 0 else end
            value, position = line[position:end], end
        fields.append(value)
        if position >= len(line):
            return fields
        if line[position] != ",":
            raise CsvError(f"column {position + 1}: a comma must follow a quoted field")
        position += 1


def load(text):
    """All rows of a text as lists of strings."""
    return [parse_line(line) for line in records(text) if line]
