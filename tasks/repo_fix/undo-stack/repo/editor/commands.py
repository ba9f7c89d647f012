"""Changes that can be taken back."""


class Insert:
    """Text put at a position."""

    def __init__(self, position, text):
        self.position, self.text = position, text
        self.title = "Insert"

    def do(self, document):
        document.text = document.text[: self.position] + self.text + document.text[self.position :]

    def undo(self, document):
        end = self.position + len(self.text)
        document.text = document.text[: self.position] + document.text[end:]


class Delete:
    """Text taken out."""

    def __init__(self, start, end):
        self.start, self.end = start, end
        self.removed = ""
        self.title = "Delete"

    def do(self, document):
        if not 0 <= self.start <= self.end <= len(document.text):
            raise IndexError(f"no such range: {self.start}-{self.end}")
        self.removed = document.text[self.start : self.end]
        document.text = document.text[: self.start] + document.text[self.end :]

    def undo(self, document):
        document.text = document.text[: self.start] + self.removed + document.text[self.start :]
