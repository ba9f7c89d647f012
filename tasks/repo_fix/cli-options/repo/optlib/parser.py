"""Parsing a command line."""

from optlib.options import Option


class UsageError(ValueError):
    """A command line that cannot be understood."""


class Parser:
    """Options by their long and short names."""

    def __init__(self):
        self._long = {}
        self._short = {}

    def add(self, name, **fields):
        """Declare an option; returns the parser, so that calls can be chained."""
        option = Option(name, **fields)
        self._long[name] = option
        if option.short:
            self._short[option.short] = option
        return self

    def parse(self, arguments):
        """(values by name, positional arguments)."""
        values = {name: option.start for name, option in self._long.items()}
        rest, waiting = [], list(arguments)
        while waiting:
            word = waiting.pop(0)
            if not word.startswith("-") or word == "-":
                rest.append(word)
                continue
            option, value = self._find(word)
            if option.kind == "flag":
                values[option.name] = True
            elif option.kind == "count":
                values[option.name] += 1
            else:
                values[option.name] = self._converted(option, value or self._next(option, waiting))
        return values, rest

    def _find(self, word):
        """The option that a word names, and the value after its equals sign."""
        name, _, value = word.partition("=")
        option = self._long.get(name[2:]) if name.startswith("--") else self._short.get(name[1:])
        if option is None:
            raise UsageError(f"unknown option {name}")
        return option, value

    def _next(self, option, waiting):
        if not waiting or waiting[0].startswith("-"):
            raise UsageError(f"--{option.name} needs a value")
        return waiting.pop(0)

    def _converted(self, option, text):
        try:
            return option.convert(text)
        except ValueError:
            raise UsageError(f"--{option.name}: {text!r} is not accepted") from None
