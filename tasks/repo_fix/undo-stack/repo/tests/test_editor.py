import unittest

from editor import Document


class Editor(unittest.TestCase):
    def test_undo_and_redo(self):
        document = Document("abc")
        document.insert(3, "d")
        document.delete(0, 1)
        self.assertEqual((document.history.undo(), document.text), ("Delete", "abcd"))
        self.assertEqual((document.history.redo(), document.text), ("Delete", "bcd"))

    def test_nothing_to_undo(self):
        document = Document("abc")
        self.assertEqual((document.history.undo(), document.history.redo()), (None, None))

    def test_titles(self):
        document = Document("abc")
        document.replace(0, 1, "x")
        self.assertEqual((document.history.titles, document.text), (["Delete", "Insert"], "xbc"))
