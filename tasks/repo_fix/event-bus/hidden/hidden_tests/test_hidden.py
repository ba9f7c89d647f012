import unittest

from bus import Bus, HandlerErrors


class WhileSending(unittest.TestCase):
    def setUp(self):
        self.bus, self.seen = Bus(), []

    def note(self, word):
        return lambda *args: self.seen.append(word)

    def test_once_handlers_skip_nobody(self):
        for word in "abc":
            self.bus.once("x", self.note(word))
        self.assertEqual((self.bus.emit("x"), self.seen, self.bus.emit("x")), (3, ["a", "b", "c"], 0))

    def test_a_handler_that_removes_itself(self):
        own = self.bus.on("x", lambda: (self.seen.append("own"), own.cancel()))
        self.bus.on("x", self.note("next"))
        self.bus.emit("x")
        self.bus.emit("x")
        self.assertEqual(self.seen, ["own", "next", "next"])

    def test_a_handler_that_was_removed_meanwhile_is_not_called(self):
        self.bus.on("x", lambda: later.cancel())
        later = self.bus.on("x", self.note("later"))
        self.assertEqual((self.bus.emit("x"), self.seen), (1, []))

    def test_new_handlers_get_the_next_event(self):
        def grow():
            self.seen.append("grow")
            self.bus.on("x", self.note("new"))
            if len(self.seen) > 50:
                raise AssertionError("endless")

        self.bus.on("x", grow)
        self.assertEqual((self.bus.emit("x"), self.seen), (1, ["grow"]))
        self.assertEqual((self.bus.emit("x"), self.seen), (2, ["grow", "grow", "new"]))

    def test_new_handlers_before_all_others_repeat_nobody(self):
        self.bus.on("x", lambda: self.bus.on("x", self.note("first"), first=True))
        self.assertEqual(self.bus.emit("x"), 1)
        self.assertEqual((self.bus.emit("x"), self.seen), (2, ["first"]))

    def test_a_once_handler_that_sends_its_own_event(self):
        def again():
            self.seen.append("again")
            if len(self.seen) < 5:
                self.bus.emit("x")

        self.bus.once("x", again)
        self.bus.emit("x")
        self.assertEqual(self.seen, ["again"])


class Errors(unittest.TestCase):
    def test_all_are_called_and_all_errors_told(self):
        bus, seen = Bus(), []

        def fail(error):
            def handler():
                seen.append(error)
                raise error

            return handler

        one, two = ValueError("a"), KeyError("b")
        bus.once("x", fail(one))
        bus.on("x", lambda: seen.append("fine"))
        bus.on("x", fail(two))
        with self.assertRaises(HandlerErrors) as caught:
            bus.emit("x")
        self.assertEqual((seen, caught.exception.errors), ([one, "fine", two], [one, two]))
        with self.assertRaises(HandlerErrors) as caught:
            bus.emit("x")
        self.assertEqual(caught.exception.errors, [two])
