import unittest

from fileserver.paths import extension, normalise
from fileserver.store import UnsafePath, relative, resolve

ROOT = "/srv/up"


class Store(unittest.TestCase):
    def test_ordinary_names(self):
        self.assertEqual(resolve(ROOT, "a/b.txt"), "/srv/up/a/b.txt")
        self.assertEqual(relative(ROOT, "/srv/up/a/b.txt"), "a/b.txt")

    def test_parents(self):
        self.assertEqual(resolve(ROOT, "a/../b"), "/srv/up/b")
        with self.assertRaises(UnsafePath):
            resolve(ROOT, "../../etc/passwd")

    def test_normalise(self):
        self.assertEqual([normalise("/a/./b//c"), normalise("a/../../b"), normalise("/..")], ["/a/b/c", "../b", "/"])

    def test_extension(self):
        self.assertEqual([extension("a.TXT"), extension(".profile"), extension("x/y")], [".txt", "", ""])
