"""From tokens to a tree of tuples."""

from calc.tokens import CalcError, tokens_of

LEVELS = (("+", "-"), ("*", "/"), ("^",))


class _Parser:
    def __init__(self, formula):
        self.tokens = tokens_of(formula)
        self.place = 0

    def peek(self):
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self):
        token = self.peek()
        self.place += 1
        return token

    def fail(self, token):
        if token is None:
            raise CalcError("unexpected end at 0")
        raise CalcError(f"unexpected {token.text} at {token.position}")

    def expression(self, level=0):
        """A chain of operators of one level, from left to right."""
        if level == len(LEVELS):
            return self.atom()
        left = self.expression(level + 1)
        while self.peek() and self.peek().text in LEVELS[level]:
            sign = self.take().text
            left = (sign, left, self.expression(level + 1))
        return left

    def atom(self):
        """A number, a variable, parentheses."""
        token = self.take()
        if token is None:
            self.fail(token)
        if token.kind == "number":
            return float(token.text)
        if token.kind == "name":
            return token.text
        if token.text == "-" and self.place == 1:
            return ("neg", self.atom())
        if token.text == "(":
            inner = self.expression()
            closing = self.take()
            if closing is None or closing.text != ")":
                self.fail(closing)
            return inner
        return self.fail(token)


def parse(formula):
    """The tree of a formula: numbers, names, (sign, left, right), ("neg", inner)."""
    parser = _Parser(formula)
    tree = parser.expression()
    if parser.peek():
        parser.fail(parser.peek())
    return tree
