"""Writing rows."""

NEEDS_QUOTES = (",", '"', "\n", "\r")


def format_field(value):
    """One field, quoted where it must be; a quote inside is doubled."""
    text = "" if value is None else str(value)
    if any(sign in text for sign in NEEDS_QUOTES) or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def format_row(values):
    """One line without its end."""
    return ",".join(format_field(value) for value in values)


def dump(rows):
    """All rows as text, each line ended by CRLF."""
    return "".join(format_row(row) + "\r\n" for row in rows)
