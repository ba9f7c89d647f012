"""A text with its history."""

from editor.commands import Delete, Insert
from editor.history import History


class Document:
    """A text that is edited."""

    def __init__(self, text="", limit=100):
        self.text = text
        self.history = History(self, limit)

    def insert(self, position, text):
        self.history.run(Insert(position, text))

    def delete(self, start, end):
        self.history.run(Delete(start, end))

    def replace(self, start, end, text):
        """Two steps: take out and put in."""
        self.delete(start, end)
        self.insert(start, text)
