import copy
import unittest

from jsonpatch import PatchError, apply, resolve


def add(path, value):
    return {"op": "add", "path": path, "value": value}


class Escapes(unittest.TestCase):
    def test_slashes_and_tildes(self):
        document = {"a/b": 1, "m~n": 2, "~1": 3, "/": 4, "~01": 5}
        found = {one: resolve(document, one) for one in ("/a~1b", "/m~0n", "/~01", "/~1", "/~001")}
        self.assertEqual(found, {"/a~1b": 1, "/m~0n": 2, "/~01": 3, "/~1": 4, "/~001": 5})

    def test_in_patches(self):
        self.assertEqual(apply({}, [add("/x~1y", {}), add("/x~1y/~0", 1)]), {"x/y": {"~": 1}})


class Arrays(unittest.TestCase):
    def test_inserted_before_the_position(self):
        self.assertEqual(apply([1, 2], [add("/0", 0)]), [0, 1, 2])
        self.assertEqual(apply({"a": [1, 3]}, [add("/a/1", 2)]), {"a": [1, 2, 3]})

    def test_behind_the_last(self):
        self.assertEqual(apply([1], [add("/-", 2), add("/2", 3)]), [1, 2, 3])
        self.assertEqual(apply([], [add("/0", 1)]), [1])

    def test_only_add_knows_the_dash(self):
        for operation in ({"op": "remove", "path": "/-"}, {"op": "replace", "path": "/-", "value": 1}, add("/5", 1)):
            with self.assertRaises(PatchError):
                apply([1, 2], [operation])

    def test_a_key_of_a_dash_in_an_object(self):
        self.assertEqual(apply({}, [add("/-", 1)]), {"-": 1})


class Whole(unittest.TestCase):
    def test_all_or_nothing(self):
        document = {"a": [1, 2], "b": {"c": 3}}
        before = copy.deepcopy(document)
        operations = [add("/a/-", 3), {"op": "remove", "path": "/b/c"}, {"op": "test", "path": "/a/0", "value": 9}]
        with self.assertRaises(PatchError):
            apply(document, operations)
        self.assertEqual(document, before)

    def test_what_was_added_is_not_shared_with_the_patch(self):
        operations = [add("/list", []), add("/list/-", 1)]
        self.assertEqual(apply({}, operations), {"list": [1]})
        self.assertEqual(apply({}, operations), {"list": [1]})

    def test_a_value_that_holds_nothing(self):
        with self.assertRaises(PatchError):
            apply({"a": 1}, [add("/a/b", 2)])
