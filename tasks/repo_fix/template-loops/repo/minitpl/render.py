"""Rendering a template."""

from minitpl.lexer import TemplateError, pieces_of
from minitpl.values import lookup


def render(template, **scope):
    """The template with its values."""
    return _render(pieces_of(template), scope)


def _block(pieces, start):
    """The pieces of the block that begins at `start`, and where it ends."""
    for place in range(start + 1, len(pieces)):
        if pieces[place].kind == "tag" and pieces[place].text == "end":
            return pieces[start + 1 : place], place
    raise TemplateError(f"line {pieces[start].line}: the block does not end")


def _render(pieces, scope):
    out, place = [], 0
    while place < len(pieces):
        piece = pieces[place]
        if piece.kind == "text":
            out.append(piece.text)
        elif piece.kind == "value":
            out.append(str(lookup(piece.text, scope)))
        else:
            words = piece.text.split()
            body, place = _block(pieces, place)
            if words[0] == "for":
                _, name, _, path = words
                for item in lookup(path, scope):
                    scope[name] = item
                    out.append(_render(body, scope))
            elif words[0] == "if":
                if lookup(words[1], scope):
                    out.append(_render(body, scope))
            else:
                raise TemplateError(f"line {piece.line}: unknown tag {words[0]}")
        place += 1
    return "".join(out)
