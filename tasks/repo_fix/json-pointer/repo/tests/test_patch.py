import unittest

from jsonpatch import PatchError, PointerError, apply, resolve


class Patch(unittest.TestCase):
    def test_resolve(self):
        document = {"a": [1, {"b": 2}], "": 3}
        self.assertEqual([resolve(document, one) for one in ("/a/1/b", "/", "")], [2, 3, document])
        for wrong in ("/x", "/a/2", "/a/01", "a"):
            with self.assertRaises(PointerError):
                resolve(document, wrong)

    def test_operations(self):
        operations = [
            {"op": "add", "path": "/b", "value": 2},
            {"op": "replace", "path": "/a", "value": [5]},
            {"op": "remove", "path": "/c"},
            {"op": "test", "path": "/a/0", "value": 5},
        ]
        self.assertEqual(apply({"a": 1, "c": 3}, operations), {"a": [5], "b": 2})

    def test_refused(self):
        with self.assertRaises(PatchError):
            apply({}, [{"op": "remove", "path": "/x"}])
