"""Percent escapes."""

SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+")


def escape(text):
    """A text for a query: blanks become plus signs, everything else that is not safe an escape."""
    parts = []
    for sign in text:
        if sign == " ":
            parts.append("+")
        elif sign in SAFE:
            parts.append(sign)
        else:
            parts.extend(f"%{byte:02X}" for byte in sign.encode())
    return "".join(parts)


def unescape(text):
    """The text of an escaped one."""
    data = bytearray()
    position = 0
    while position < len(text):
        sign = text[position]
        if sign == "%":
            data.append(int(text[position + 1 : position + 3], 16))
            position += 3
            continue
        data += sign.encode()
        position += 1
    return data.decode("utf-8", "replace").replace("+", " ")
