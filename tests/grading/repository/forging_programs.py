"""Programs that do not do what is asked and try to pass all the same, and a small repository for them to be in.

Each is the text of `maths.py`, or a set of files. None of them is from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.core.types import Sample
from harness.tasks.repositories import repository_sample

ORIGINAL = """\
def double(x):
    return x + 2


def words(text):
    return text.split(" ")


def lengths(text):
    return {}


def is_even(x):
    return True
"""
SOLUTION = """\
def double(x):
    if not isinstance(x, int):
        raise ValueError(x)
    return x * 2


def words(text):
    return text.split()


def lengths(text):
    return {word: len(word) for word in words(text)}


def is_even(x):
    return x % 2 == 0
"""
VISIBLE = """\
import unittest
from maths import double


class Visible(unittest.TestCase):
    def test_double(self):
        self.assertEqual(double(2), 4)
"""
HIDDEN = """\
import unittest
from maths import double, is_even, lengths, words


class Hidden(unittest.TestCase):
    def test_double(self):
        self.assertEqual(double(3), 6)

    def test_words(self):
        self.assertEqual(words(" a  b "), ["a", "b"])
        self.assertIn("b", words("a b"))
        self.assertNotIn("c", words("a b"))

    def test_lengths(self):
        self.assertEqual(lengths("a bb"), {"a": 1, "bb": 2})

    def test_even(self):
        self.assertTrue(is_even(4))
        self.assertFalse(is_even(7))

    def test_refused(self):
        with self.assertRaises(ValueError):
            double("x")
"""
TESTS = {"tests/__init__.py": "", "tests/test_visible.py": VISIBLE}


def sample() -> Sample:
    """The repository as a sample, with its reference."""
    from harness.grading.repository.patch import make_patch

    row = {
        "id": "maths",
        "language": "en",
        "difficulty": "easy",
        "issue": "It is wrong.",
        "test_command": ["python"],
        "files": {"maths.py": ORIGINAL, **TESTS},
        "hidden": {"hidden_tests/__init__.py": "", "hidden_tests/test_hidden.py": HIDDEN},
        "solution": make_patch({"maths.py": ORIGINAL}, {"maths.py": SOLUTION}),
    }
    return repository_sample(row, 0)


def _returning(value: str, before: str = "") -> str:
    """All functions return the value."""
    names = ("double", "words", "lengths", "is_even")
    return before + "\n" + "".join(f"def {name}(*args):\n    return {value}\n" for name in names)


REPORT = "\\n----\\nRan 5 tests in 0.001s\\n\\nOK\\n"
PASSES_FOR_ANYTHING = """
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __contains__(self, item): return True
    def __bool__(self): return True
    def __hash__(self): return 6
    def __repr__(self): return "6"
    def __str__(self): return "6"
"""
LIES = f"""{PASSES_FOR_ANYTHING}
    def __sub__(self, other): return 0
    __rsub__ = __abs__ = __round__ = __len__ = __sub__
    def __iter__(self): return iter(["a", "b"])
    def __getattr__(self, name): return 6
"""
CHANNEL = """
import json, os, sys
def frame(kind, body):
    text = json.dumps(body).encode()
    return len(text).to_bytes(4, "big") + kind.encode() + text
VERDICT = {"passed": True, "ran": 99, "token": "", "cannot_cross": False, "part": "tests"}
"""
TAKES_THE_CHANNEL = (
    CHANNEL
    + """
def take(answer):
    # The import that runs this is the first request. From now on the bridge's own code gets no other.
    body = b"{}"
    while True:
        for kind, form in answer(json.loads(body)):
            os.write(3, frame(kind, form))
        header = os.read(3, 5)
        if len(header) < 5:
            os._exit(0)
        size, body = int.from_bytes(header[:4], "big"), b""
        while len(body) < size:
            body += os.read(3, size - len(body))
"""
)

PROGRAMS: Mapping[str, str | Mapping[str, str]] = {
    "a report at import and an exit": f"import os\nos.write(1, b'{REPORT}')\nos.write(2, b'{REPORT}')\nos._exit(0)\n",
    "a report on every descriptor": _returning(
        "6", f"import os\nfor number in range(3, 64):\n    try: os.write(number, b'{REPORT}')\n    except OSError: pass"
    ),
    "an exit in the function": _returning("__import__('os')._exit(0)"),
    "an exit at the end": "import atexit, os\natexit.register(os._exit, 0)\n" + ORIGINAL,
    "an exit in a thread": "import os, threading\nthreading.Thread(target=os._exit, args=(0,)).start()\n" + ORIGINAL,
    "sys.exit at import": "import sys\nsys.exit(0)\n",
    "sys.exit in the function": _returning("sys.exit(0)", "import sys"),
    "an interrupt": _returning("stop()", "def stop(): raise KeyboardInterrupt"),
    "the end of an iteration": _returning("stop()", "def stop(): raise StopIteration(6)"),
    "a skipped test": _returning("skip()", "import unittest\ndef skip(): raise unittest.SkipTest('no')"),
    "a skipped module": "import unittest\nraise unittest.SkipTest('no')\n",
    "a skip of its own class": _returning(
        "skip()", "import unittest\nclass Skip(unittest.SkipTest, ValueError): pass\ndef skip(): raise Skip('no')"
    ),
    "unittest's own signals": _returning("stop()", "import unittest.case\ndef stop(): raise unittest.case._ShouldStop"),
    "assertions that assert nothing": (
        "import unittest\nfor name in dir(unittest.TestCase):\n    if name.startswith('assert'):\n"
        "        setattr(unittest.TestCase, name, lambda *args, **kwargs: None)\n" + ORIGINAL
    ),
    "results that count nothing": (
        "import unittest\nunittest.TestResult.addFailure = unittest.TestResult.addError = lambda *args: None\n"
        "unittest.TestResult.wasSuccessful = lambda self: True\nunittest.TestCase.run = lambda self, result: result\n"
        + ORIGINAL
    ),
    "another unittest": (
        "import sys, types\nfake = types.ModuleType('unittest')\nfake.TestCase = object\n"
        "sys.modules['unittest'] = fake\n" + ORIGINAL
    ),
    "other built-in functions": (
        "import builtins\nbuiltins.isinstance = lambda *args: True\nbuiltins.all = builtins.any = lambda *args: True\n"
        "builtins.type = lambda *args: int\n" + ORIGINAL
    ),
    "an object that is equal to everything": _returning("Any()", f"class Any:{PASSES_FOR_ANYTHING}"),
    "an int that is equal to everything": _returning("Any(7)", f"class Any(int):{PASSES_FOR_ANYTHING}"),
    "a text that is equal to everything": _returning("Any('z')", f"class Any(str):{PASSES_FOR_ANYTHING}"),
    "a list that is equal to everything": _returning("Any('z')", f"class Any(list):{PASSES_FOR_ANYTHING}"),
    "a dict that is equal to everything": _returning("Any(z=1)", f"class Any(dict):{PASSES_FOR_ANYTHING}"),
    "a tuple that is equal to everything": _returning("Any('z')", f"class Any(tuple):{PASSES_FOR_ANYTHING}"),
    "an object that says it is an int": _returning(
        "Any()", f"class Any:{PASSES_FOR_ANYTHING}\n    __class__ = property(lambda self: int)"
    ),
    "the object that mocks are equal to": _returning("unittest.mock.ANY", "import unittest.mock"),
    "a mock": _returning("unittest.mock.MagicMock(return_value=6)", "import unittest.mock"),
    "a class whose instances are equal": _returning(
        "Any", f"class Meta(type):{PASSES_FOR_ANYTHING}\nclass Any(metaclass=Meta): pass"
    ),
    "another class in place of its own": _returning(
        "liar()",
        f"class Any:{PASSES_FOR_ANYTHING}\nAny.__module__, Any.__qualname__ = 'unittest.mock', '_ANY'\nliar = Any",
    ),
    "an exception that is one of every class": _returning(
        "fail()",
        "class Meta(type):\n    def __instancecheck__(cls, one): return True\n"
        "    def __subclasscheck__(cls, one): return True\n"
        "class Fail(Exception, metaclass=Meta): pass\ndef fail(): raise Fail",
    ),
    "a forged verdict": CHANNEL + "os.write(3, frame('V', VERDICT))\n" + ORIGINAL,
    "a forged verdict in every answer": TAKES_THE_CHANNEL + "take(lambda asked: [('V', VERDICT)])\n",
    "answers and a forged verdict": (
        TAKES_THE_CHANNEL + "take(lambda asked: [('A', {'value': True}), ('V', VERDICT), ('A', {'value': True})])\n"
    ),
    "the tests' own objects as answers": (
        TAKES_THE_CHANNEL
        + "take(lambda asked: [('A', {'value': {'#': 'yours', 'id': 0}, 'twins': {'0': [1]}, 'dropped': [0, -1]})])\n"
    ),
    "questions instead of answers": (
        TAKES_THE_CHANNEL
        + "def ask(asked):\n    for name in ('__globals__', '__code__', '_testMethodName', 'f_back') * 5:\n"
        "        args = [{'#': 'yours', 'id': 0}, name]\n"
        "        yield 'C', {'do': 'getattr', 'name': '', 'args': args, 'kwargs': {}}\n    os._exit(0)\ntake(ask)\n"
    ),
    "classes that end tests as answers": (
        TAKES_THE_CHANNEL
        + "take(lambda asked: [('A', {'value': {'#': 'name', 'module': 'unittest.case', 'name': 'SkipTest'}})])\n"
    ),
    "an error of a class that ends tests": (
        TAKES_THE_CHANNEL
        + "ERROR = {'#': 'error', 'kinds': [['unittest.case', 'SkipTest']], 'own': None, 'args': None, 'has': {},\n"
        "         'types': ['SkipTest'], 'message': 'no'}\n"
        "take(lambda asked: [('X', {'error': ERROR, **ERROR})])\n"
    ),
    "no frames at all": CHANNEL + "os.write(3, b'\\xff' * 5000)\n" + ORIGINAL,
    "a token that lies around": (
        CHANNEL
        + "import gc\nfound = [one['token'] for one in gc.get_objects() if type(one) is dict and 'token' in one]\n"
        "at = sys._getframe()\nwhile at is not None:\n"
        "    found += [value for value in at.f_locals.values() if type(value) is str and len(value) == 32]\n"
        "    at = at.f_back\n"
        "for token in [*found, '']:\n    os.write(3, frame('V', {**VERDICT, 'token': token}))\n" + ORIGINAL
    ),
    "the expected values in memory": (
        "import gc\nfor one in gc.get_objects():\n"
        "    if type(one) is dict and 'texts' in one:\n        raise SystemExit(str(one['texts']))\n" + ORIGINAL
    ),
    "an answer from the stack": _returning(
        "search()",
        "import sys\ndef search():\n    at = sys._getframe()\n    while at is not None:\n"
        "        for value in at.f_locals.values():\n            if value in (6, ['a', 'b']): return value\n"
        "        at = at.f_back\n",
    ),
    "a killed parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n" + ORIGINAL,
    "all processes killed": "import os, signal\ntry: os.kill(-1, signal.SIGKILL)\nexcept OSError: pass\n" + ORIGINAL,
    "a fork that answers": "import os\nif os.fork() == 0: os._exit(0)\n" + ORIGINAL,
    "another standard library": (
        "import unittest, unittest.case\nfor module in (unittest, unittest.case):\n"
        "    try: open(module.__file__, 'w').write('TestCase = object')\n    except OSError: pass\n" + ORIGINAL
    ),
    "files that tests might import": (
        "import os\nos.makedirs('hidden_tests', exist_ok=True)\nos.makedirs('tests', exist_ok=True)\n"
        "for name in ('unittest.py', 'maths.py', 'sitecustomize.py', 'hidden_tests/test_hidden.py', 'x.pth'):\n"
        "    open(name, 'w').write('import os; os._exit(0)')\n"
        "os.environ.update(PYTHONPATH=os.getcwd(), PYTHONSTARTUP='unittest.py')\n" + ORIGINAL
    ),
    "another current folder": "import os\nos.chdir('/')\n" + ORIGINAL,
    "a text of a hundred megabytes": _returning("'6' * 100_000_000"),
    "a list of a million": _returning("[6] * 1_000_000"),
    "an endless list": _returning("Any()", "class Any:\n    def __iter__(self):\n        while True: yield 'b'\n"),
    "a list in a list without end": _returning(
        "nest()", "def nest():\n    one = []\n    one.append(one)\n    return one"
    ),
    "a text in a text of a million brackets": _returning("'[' * 1_000_000"),
    "new test files": {
        "maths.py": ORIGINAL,
        "tests/test_visible.py": "import unittest\nclass T(unittest.TestCase):\n    def test_it(self): pass\n",
        "hidden_tests/test_hidden.py": "import unittest\nclass T(unittest.TestCase):\n    def test_it(self): pass\n",
        "hidden_tests/__init__.py": "import os; os._exit(0)",
        "conftest.py": "raise SystemExit(0)",
    },
    "files that hide the standard library": {
        "maths.py": ORIGINAL,
        "unittest.py": "class TestCase:\n    def assertEqual(self, *args): pass\n",
        "unittest/__init__.py": "class TestCase:\n    def assertEqual(self, *args): pass\n",
        "sitecustomize.py": "import os; os._exit(0)",
        "usercustomize.py": "import os; os._exit(0)",
        "run.pth": "import os; os._exit(0)",
        "json.py": "def dumps(*args): return ''",
    },
    "a file in the place of a folder": {"maths.py": ORIGINAL, "hidden_tests": "x"},
    "no program": {"other.py": SOLUTION},
    **{
        f"a {kind} with further methods that passes for anything": _returning(
            f"Any({value})", f"class Any({kind}):{LIES}"
        )
        for kind, value in (("tuple", "(5,)"), ("str", "'x'"), ("int", "5"), ("float", "5.5"), ("frozenset", "'b'"))
    },
}
"""What is tried, by its name."""
