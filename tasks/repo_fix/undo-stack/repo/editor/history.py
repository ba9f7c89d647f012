"""Undo and redo."""


class History:
    """The steps of a document, at most `limit` of them."""

    def __init__(self, document, limit=100):
        self.document = document
        self.limit = limit
        self._done = []
        self._undone = []

    def run(self, command):
        """Do a command as a step of its own."""
        command.do(self.document)
        if len(self._done) < self.limit:
            self._done.append(command)

    def undo(self):
        """Take the last step back; its title, None where there is none."""
        if not self._done:
            return None
        command = self._done.pop()
        command.undo(self.document)
        self._undone.append(command)
        return command.title

    def redo(self):
        """Do the step again that was taken back last; its title, None where there is none."""
        if not self._undone:
            return None
        command = self._undone.pop()
        command.do(self.document)
        self._done.append(command)
        return command.title

    @property
    def titles(self):
        """Titles of the steps that can be taken back, the oldest first."""
        return [command.title for command in self._done]
