import unittest

from optlib import Parser, UsageError


def parser():
    return (
        Parser()
        .add("offset", short="o", convert=int, default=0)
        .add("name", short="n")
        .add("verbose", short="v", kind="count")
        .add("all", short="a", kind="flag")
    )


class Parse(unittest.TestCase):
    def test_values(self):
        values, rest = parser().parse(["--offset", "5", "in.txt", "--name=x", "-v", "-a"])
        self.assertEqual(values, {"offset": 5, "name": "x", "verbose": 1, "all": True})
        self.assertEqual(rest, ["in.txt"])

    def test_errors(self):
        for words in (["--what"], ["--offset"], ["--offset", "x"], ["--name", "--all"]):
            with self.assertRaises(UsageError):
                parser().parse(words)
