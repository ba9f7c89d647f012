import unittest

from optlib import Parser, UsageError


def parser():
    return (
        Parser()
        .add("offset", short="o", convert=float, default=0)
        .add("name", short="n", default="-")
        .add("verbose", short="v", kind="count")
        .add("all", short="a", kind="flag")
    )


def values(*words):
    return {name: value for name, value in parser().parse(words)[0].items() if value != parser().parse([])[0][name]}


class CommandLines(unittest.TestCase):
    def test_negative_numbers(self):
        self.assertEqual(values("--offset", "-5"), {"offset": -5})
        self.assertEqual(values("-o", "-.5"), {"offset": -0.5})
        self.assertEqual(values("--offset=-5"), {"offset": -5})
        self.assertEqual(parser().parse(["-7", "x"])[1], ["-7", "x"])

    def test_end_of_options(self):
        found, rest = parser().parse(["-a", "--", "--not-an-option", "--", "-v"])
        self.assertEqual((found["all"], found["verbose"], rest), (True, 0, ["--not-an-option", "--", "-v"]))

    def test_empty_values(self):
        self.assertEqual(parser().parse(["--name=", "file"]), ({"offset": 0, "name": "", "verbose": 0, "all": False}, ["file"]))
        self.assertEqual(values("--name=a=b"), {"name": "a=b"})

    def test_a_value_may_not_be_the_end_mark_or_an_option(self):
        for words in (["--name", "--all"], ["--name", "-a"], ["--name"], ["-n"], ["--name", "--"]):
            with self.assertRaises(UsageError):
                parser().parse(words)

    def test_short_options_together(self):
        self.assertEqual(values("-vvn", "x"), {"verbose": 2, "name": "x"})
        self.assertEqual(values("-vvnx"), {"verbose": 2, "name": "x"})
        self.assertEqual(values("-avo-3"), {"all": True, "verbose": 1, "offset": -3})
        self.assertEqual(values("-nva"), {"name": "va"})
        with self.assertRaises(UsageError):
            parser().parse(["-vz"])

    def test_a_dash_alone_is_an_argument_and_a_value(self):
        self.assertEqual(parser().parse(["-"])[1], ["-"])
        self.assertEqual(parser().parse(["--name", "-"])[0]["name"], "-")

    def test_flags_take_no_value(self):
        with self.assertRaises(UsageError):
            parser().parse(["--all=yes"])
