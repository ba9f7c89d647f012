"""A repository whose honest program and tests do what could be taken for a trick."""

from __future__ import annotations

from harness.core.types import Sample
from harness.grading.repository.patch import make_patch
from harness.tasks.repositories import repository_sample

SHOP = """\
import enum
import json
import sys
import types
from collections import Counter, namedtuple
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from base import Base, Table
from shop.errors import OutOfStock

LIMITS = {"most": [3]}
Pair = namedtuple("Pair", "left right")


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Item:
    name: str
    cents: int
    tags: list = field(default_factory=list)

    @property
    def dollars(self):
        return self.cents / 100


class Ignoring(dict):
    \"\"\"A dict whose keys have no case.\"\"\"

    def __getitem__(self, key):
        return super().__getitem__(key.lower())

    def __contains__(self, key):
        return super().__contains__(key.lower())


class Stack(Base):
    def push(self, item):
        self.append(item)
        return self

    def __eq__(self, other):
        return list(self) == list(other)

    def __repr__(self):
        return f"Stack of {len(self)}"


class Basket:
    def __init__(self):
        self.items, self.seen, self.hooks = [], Counter(), []

    def __len__(self):
        return len(self.items)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, at):
        self.items.clear()
        return kind is OutOfStock

    def add(self, item, count=1):
        if count > LIMITS["most"][0]:
            raise OutOfStock(item.name, wanted=count, left=[1, 2])
        self.items += [item] * count
        self.seen[item.name] += count
        for hook in self.hooks:
            hook(item, count)

    def names(self):
        for item in self.items:
            yield item.name


def price(name):
    return 1


def total(names):
    return sum(price(name) for name in names)


def keep(rows):
    keep.rows = rows
    return rows


def change():
    keep.rows.append("changed")


def counts():
    return Base([1, Base([2])]), Table(a=1), types.MappingProxyType({"b": [2]})


class Asked(Mapping):
    def __init__(self):
        self.asked = []

    def __getitem__(self, key):
        self.asked.append(key)
        return {"a": 1}[key]

    def __len__(self):
        return 1

    def __iter__(self):
        return iter("a")


class Even:
    def __contains__(self, number):
        return number % 2 == 0


class Counted:
    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)

    def __get__(self, whole, kind=None):
        return self if whole is None else types.MethodType(self, whole)


class Till:
    @Counted
    def open(self):
        return self.open.__func__.calls


def unlike(items):
    return len({*items})


def blame(act):
    try:
        act()
    except LookupError as error:
        error.args = ("the till",)
        raise


class Size(NamedTuple):
    wide: int
    high: int = 2

    @property
    def area(self):
        return self.wide * self.high

    def __str__(self):
        return f"{self.wide} x {self.high}"


class Level(enum.IntEnum):
    LOW = 1


class SoldOut(OutOfStock, KeyError):
    pass


def sell():
    raise SoldOut("tea", wanted=1, left=[0])


def save(path):
    with open(path, "w") as file:
        json.dump({"a": [1]}, file)


def main(arguments):
    for line in sys.stdin:
        print(arguments[0], int(line) * 2)
    print("done", file=sys.stderr)
    return 0
"""
ERRORS = """\
class OutOfStock(LookupError):
    def __init__(self, name, *, wanted, left):
        super().__init__(f"{name}: {wanted}")
        self.wanted, self.left = wanted, left

    def advice(self):
        return f"take {self.left[-1]}"
"""
BASE = "class Base(list):\n    pass\n\n\nclass Table(dict):\n    pass\n"
HIDDEN = """\
import contextlib
import copy
import io
import json
import sys
import unittest
from collections import Counter
from unittest import mock

import shop
from shop import LIMITS, Basket, Colour, Ignoring, Item, OutOfStock, Pair, Stack
from shop import Asked, Even, Level, Size, Till, blame, change, counts, keep, save, sell, total, unlike
from shop import shop as module


class Unhashed:
    def __eq__(self, other):
        return True


class Hashed(Unhashed):
    def __hash__(self):
        return 5


class Hidden(unittest.TestCase):
    def setUp(self):
        self.basket, self.tea = Basket(), Item("tea", 250)

    def test_values(self):
        self.assertEqual((self.tea.name, self.tea.dollars, self.tea.tags), ("tea", 2.5, []))
        self.tea.tags.append("hot")
        self.assertEqual(self.tea.tags, ["hot"])
        self.assertIsInstance(self.tea, Item)
        self.assertNotIsInstance(self.basket, Item)
        self.assertIs(Colour(1), Colour.RED)
        self.assertEqual([one.name for one in Colour], ["RED", "BLUE"])
        self.assertEqual(Pair(1, right=[2]), (1, [2]))

    def test_values_with_attributes(self):
        size = Size(3)
        self.assertEqual((size, size.area, str(size), size._replace(high=1)), ((3, 2), 6, "3 x 2", (3, 1)))
        self.assertIsInstance(size, Size)
        self.assertEqual(copy.deepcopy(size), Size(3, 2))
        self.assertIs(Level(1), Level.LOW)
        self.assertEqual((Level.LOW + 1, Level.LOW.name), (2, "LOW"))
        self.assertEqual((Till().open(), Till().open()), (1, 2))
        asked = Asked()
        self.assertEqual(("a" in asked, "b" in asked, asked.asked), (True, False, ["a", "b"]))
        self.assertEqual((2 in Even(), 3 in Even()), (True, False))
        with self.assertRaises(TypeError):
            unlike([Unhashed(), Unhashed()])
        self.assertEqual(unlike([Hashed(), Hashed()]), 1)
        other = copy.deepcopy(self.tea)
        other.name = "mate"
        self.assertEqual((self.tea.name, list(copy.copy(iter([1, 2])))), ("tea", [1, 2]))

    def test_subclasses(self):
        headers = Ignoring(accept="x")
        self.assertEqual(headers["ACCEPT"], "x")
        self.assertIn("Accept", headers)
        self.assertEqual(headers, {"accept": "x"})
        headers["b"] = 2
        self.assertEqual((len(headers), dict(headers)), (2, {"accept": "x", "b": 2}))
        stack = Stack([1]).push(2)
        self.assertEqual(stack, [1, 2])
        self.assertEqual((repr(stack), stack[-1], stack[:1], list(reversed(stack))), ("Stack of 2", 2, [1], [2, 1]))
        self.assertNotEqual(stack, [2, 1])
        self.assertEqual(counts(), ([1, [2]], {"a": 1}, {"b": [2]}))

    def test_shared_lists(self):
        self.assertEqual(copy.deepcopy(LIMITS), {"most": [3]})
        LIMITS["most"].append(4)
        self.assertEqual(module.LIMITS["most"] + [5], [3, 4, 5])
        LIMITS["most"].remove(4)
        rows = ["a"]
        self.assertIs(keep(rows), rows)
        change()
        self.assertEqual(rows, ["a", "changed"])
        rows.clear()
        change()
        self.assertEqual(rows, ["changed"])

    def test_iterators_and_hooks(self):
        told = []
        self.basket.hooks.append(lambda item, count: told.append((item.name, count)))
        self.basket.add(self.tea, 2)
        self.assertEqual((list(self.basket.names()), told, len(self.basket)), (["tea", "tea"], [("tea", 2)], 2))
        self.assertEqual(self.basket.seen, Counter(tea=2))
        self.assertEqual(next(self.basket.names()), "tea")
        self.assertTrue(self.basket)

    def test_errors(self):
        with self.assertRaises(OutOfStock) as caught:
            self.basket.add(self.tea, 9)
        error = caught.exception
        self.assertEqual((str(error), error.wanted, error.left, error.advice()), ("tea: 9", 9, [1, 2], "take 2"))
        self.assertRaises(LookupError, self.basket.add, self.tea, 9)
        with self.basket as basket:
            basket.add(self.tea)
            basket.add(self.tea, 9)
        self.assertEqual(len(self.basket), 0)
        for expected in (OutOfStock, KeyError):
            with self.assertRaises(expected) as caught:
                sell()
            self.assertEqual((type(caught.exception).__name__, caught.exception.left), ("SoldOut", [0]))
        own = KeyError("x")
        self.basket.hooks.append(mock.Mock(side_effect=own))
        with self.assertRaises(KeyError) as caught:
            self.basket.add(self.tea)
        self.assertIs(caught.exception, own)
        with self.assertRaises(KeyError) as caught:
            blame(mock.Mock(side_effect=own))
        self.assertEqual((caught.exception is own, own.args), (True, ("the till",)))

    def test_patches(self):
        with mock.patch("shop.shop.price", return_value=5) as price:
            self.assertEqual(total(["a", "b"]), 10)
        self.assertEqual((price.call_count, total(["a", "b"])), (2, 2))
        with mock.patch.object(Basket, "__len__", lambda basket: 7, create=True), mock.patch.object(Basket, "names"):
            self.basket.names()
        self.assertEqual(list(self.basket.names()), [])

    def test_files_and_streams(self):
        save("out.json")
        with open("out.json") as file:
            self.assertEqual(json.load(file), {"a": [1]})
        out = io.StringIO()
        with mock.patch("sys.stdin", io.StringIO("1\\n2\\n")), contextlib.redirect_stdout(out):
            self.assertEqual(shop.main(["twice"]), 0)
        self.assertEqual(out.getvalue(), "twice 2\\ntwice 4\\n")
"""
FILES = {
    "shop/__init__.py": "from shop.errors import OutOfStock\nfrom shop.shop import *\nfrom shop.shop import main\n",
    "shop/errors.py": ERRORS,
    "shop/shop.py": SHOP.replace("cents / 100", "cents // 100"),
    "tests/__init__.py": "",
    "tests/test_import.py": "import unittest\n\nimport shop\n\n\nclass T(unittest.TestCase):\n"
    "    def test_it(self):\n        self.assertTrue(shop.main)\n",
}


def odd_sample() -> Sample:
    """The repository as a sample: a price is cut to whole dollars, and the reference mends it."""
    row = {
        "id": "shop",
        "language": "en",
        "difficulty": "easy",
        "issue": "It is wrong.",
        "test_command": ["python"],
        "files": FILES,
        "hidden": {"hidden_tests/__init__.py": "", "hidden_tests/test_hidden.py": HIDDEN},
        "solution": make_patch({"shop/shop.py": FILES["shop/shop.py"]}, {"shop/shop.py": SHOP, "base.py": BASE}),
    }
    return repository_sample(row, 0)
