import unittest

from fileserver.store import UnsafePath, relative, resolve


class Safety(unittest.TestCase):
    def refused(self, name, root="/srv/up"):
        with self.assertRaises(UnsafePath, msg=name):
            resolve(root, name)

    def test_siblings_with_the_same_start(self):
        self.refused("../up-secret/key")
        self.refused("../upload")
        self.refused("a/../../up2/x")

    def test_the_root_itself_is_no_upload(self):
        for name in ("", ".", "a/..", "/", "../up"):
            self.refused(name)

    def test_backslashes_and_nul(self):
        for name in ("..\\..\\etc", "a\\b", "x\0.txt"):
            self.refused(name)

    def test_absolute_names_stay_below(self):
        self.assertEqual(resolve("/srv/up", "/etc/passwd"), "/srv/up/etc/passwd")

    def test_harmless_names(self):
        cases = {"a/../b": "b", "./x//y": "x/y", "..hidden": "..hidden", "a..b": "a..b", "up": "up", "../up/z": "z"}
        for name, expected in cases.items():
            self.assertEqual(resolve("/srv/up", name), f"/srv/up/{expected}")

    def test_roots_with_a_slash_and_the_top(self):
        self.assertEqual(resolve("/srv/up/", "a"), "/srv/up/a")
        self.assertEqual(resolve("/", "a/b"), "/a/b")
        self.refused("../up-secret/key", "/srv/up/")

    def test_forbidden_endings(self):
        self.refused("x.SH")

    def test_names_of_stored_paths(self):
        self.assertEqual(relative("/srv/up/", "/srv/up/a"), "a")
        with self.assertRaises(UnsafePath):
            relative("/srv/up", "/srv/up-secret/key")
