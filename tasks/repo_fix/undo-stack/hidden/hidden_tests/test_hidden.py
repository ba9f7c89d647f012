import unittest

from editor import Document


class Groups(unittest.TestCase):
    def setUp(self):
        self.document = Document("hello world")
        self.history = self.document.history

    def test_one_step(self):
        with self.history.group("Paste"):
            self.document.delete(0, 5)
            self.document.insert(0, "bye")
            self.document.insert(3, ",")
        self.assertEqual((self.document.text, self.history.titles), ("bye, world", ["Paste"]))
        self.assertEqual((self.history.undo(), self.document.text), ("Paste", "hello world"))
        self.assertEqual((self.history.redo(), self.document.text), ("Paste", "bye, world"))

    def test_nested(self):
        with self.history.group("Outer"):
            self.document.insert(0, "1")
            with self.history.group("Inner"):
                self.document.insert(1, "2")
            self.document.insert(2, "3")
        self.assertEqual((self.history.titles, self.document.text), (["Outer"], "123hello world"))
        self.history.undo()
        self.assertEqual(self.document.text, "hello world")

    def test_empty(self):
        with self.history.group("Nothing"), self.history.group("Inside"):
            pass
        self.assertEqual(self.history.titles, [])

    def test_an_exception_takes_everything_back(self):
        self.document.insert(0, "x")
        with self.assertRaises(IndexError):
            with self.history.group("Bad"):
                self.document.insert(0, "y")
                self.document.delete(5, 99)
        self.assertEqual((self.document.text, self.history.titles), ("xhello world", ["Insert"]))
        self.document.insert(0, "z")
        self.assertEqual(self.history.titles, ["Insert", "Insert"])

    def test_an_inner_exception_that_is_caught(self):
        with self.history.group("Outer"):
            self.document.insert(0, "a")
            try:
                with self.history.group("Inner"):
                    self.document.insert(0, "b")
                    raise KeyError
            except KeyError:
                pass
            self.document.insert(1, "c")
        self.assertEqual(self.document.text, "achello world")
        self.history.undo()
        self.assertEqual(self.document.text, "hello world")


class Steps(unittest.TestCase):
    def test_a_new_edit_forgets_what_could_be_redone(self):
        document = Document("abc")
        document.insert(3, "d")
        document.history.undo()
        document.insert(0, "x")
        self.assertEqual((document.history.redo(), document.text), (None, "xabc"))

    def test_a_group_forgets_it_too_and_an_empty_one_does_not(self):
        document = Document("abc")
        document.insert(3, "d")
        document.history.undo()
        with document.history.group("Nothing"):
            pass
        self.assertEqual(document.history.redo(), "Insert")
        document.history.undo()
        with document.history.group("Some"):
            document.insert(0, "x")
        self.assertIsNone(document.history.redo())

    def test_the_oldest_step_is_dropped(self):
        document = Document("", limit=2)
        for letter in "abc":
            document.insert(len(document.text), letter)
        self.assertEqual([document.history.undo() for _ in range(3)], ["Insert", "Insert", None])
        self.assertEqual(document.text, "a")

    def test_redo_keeps_the_other_steps_that_were_taken_back(self):
        document = Document("")
        for letter in "abc":
            document.insert(len(document.text), letter)
        for _ in range(3):
            document.history.undo()
        self.assertEqual([document.history.redo() for _ in range(4)], ["Insert"] * 3 + [None])
