"""Unit tests that reach into a program from another sandbox: what they replace, look at, and never believe."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pytest

from harness.core.types import Verdict
from harness.grading.code.case_specs import UnitTests
from harness.grading.code.result import CodeTestResult
from harness.grading.code.runner import CodeRunner
from harness.grading.sandbox.backends.backend import SandboxBackend, known_backends
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.sample_run import SandboxError
from harness.grading.sandbox.sandbox import Sandbox
from tests.cases import all_cases

_LIMITS = ResourceLimits(cpu_s=30.0)


def _tested(runner: CodeRunner, program: str, test: str, *, setup: str = "", above: str = "") -> CodeTestResult:
    """The result of a program in one test method; `above` stands before the class."""
    indented = textwrap.indent(textwrap.dedent(test).strip(), "        ")
    head = f"import unittest, unittest.mock\n{textwrap.dedent(above)}\nclass Tests(unittest.TestCase):\n"
    tests = f"{head}    def test_it(self):\n{indented}\n"
    found = UnitTests(entry_point="f", setup=setup, tests=tests)
    return runner.run(textwrap.dedent(program), found, _LIMITS)


_MOCK = "from unittest import mock\nfrom unittest.mock import patch, mock_open, MagicMock"

_CROSSES = {
    "a function that the program calls is replaced": (
        "import time\ndef f(): return time.time() + 1",
        "with patch('time.time', return_value=41): self.assertEqual(f(), 42)",
    ),
    "and stands again afterwards": (
        "import math\ndef f(): return math.floor(2.5)",
        "with patch('math.floor', return_value=9): self.assertEqual(f(), 9)\nself.assertEqual(f(), 2)",
    ),
    "a name of the program itself": (
        "from time import sleep\ndef f(): return sleep(5)",
        "with patch(__name__ + '.sleep', return_value='woken'): self.assertEqual(f(), 'woken')",
    ),
    "a method of a class": (
        "import zipfile\ndef f(): return zipfile.ZipFile.extractall('x')",
        "with patch.object(zipfile.ZipFile, 'extractall', return_value=3): self.assertEqual(f(), 3)",
    ),
    "the calls are recorded where the tests can see them": (
        "import subprocess\ndef f(a): subprocess.run(['ls', a], check=True)",
        """
        with patch('subprocess.run') as run:
            f('x')
        run.assert_called_once_with(['ls', 'x'], check=True)
        """,
    ),
    "what a stand-in gives is used on": (
        "import urllib.request\ndef f(u):\n    with urllib.request.urlopen(u) as page: return page.read().decode()",
        """
        page = MagicMock()
        page.__enter__.return_value.read.return_value = b'text'
        with patch('urllib.request.urlopen', return_value=page): self.assertEqual(f('http://x'), 'text')
        """,
    ),
    "a file that is none": (
        "def f(p):\n    with open(p) as file: return [line.strip() for line in file]",
        "with patch('builtins.open', mock_open(read_data='a\\nb\\n')): self.assertEqual(f('p'), ['a', 'b'])",
    ),
    "a side effect written in the tests": (
        "import os\ndef f(): return [os.path.exists(n) for n in 'ab']",
        "with patch('os.path.exists', side_effect=lambda name: name == 'b'): self.assertEqual(f(), [False, True])",
    ),
    "an exception that a stand-in raises is caught by its class": (
        "import socket\ndef f():\n try: return socket.gethostbyname('x')\n except socket.gaierror as e: return e.errno",
        "with patch('socket.gethostbyname', side_effect=socket.gaierror(7, 'no')): self.assertEqual(f(), 7)",
    ),
    "stand-ins are called from threads": (
        """
        import threading, time
        def f():
            found = []
            threads = [threading.Thread(target=lambda: found.append(time.sleep(1))) for _ in range(4)]
            [t.start() for t in threads]; [t.join() for t in threads]
            return found
        """,
        "with patch('time.sleep', return_value=0): self.assertEqual(f(), [0, 0, 0, 0])",
    ),
    "files the tests write are there": (
        "import os\ndef f(d): return {n: open(os.path.join(d, n)).read() for n in sorted(os.listdir(d))}",
        """
        with tempfile.TemporaryDirectory() as d:
            pathlib.Path(d, 'a').write_text('one'); pathlib.Path(d, 'b').touch()
            self.assertEqual(f(d), {'a': 'one', 'b': ''})
            os.remove(os.path.join(d, 'a'))
            self.assertEqual(f(d), {'b': ''})
        """,
    ),
    "files the program writes are there": (
        "import os\ndef f(d):\n os.makedirs(d + '/x/y')\n open(d + '/x/y/z', 'wb').write(bytes(range(256)))",
        """
        with tempfile.TemporaryDirectory() as d:
            f(d)
            self.assertEqual(pathlib.Path(d, 'x', 'y', 'z').read_bytes(), bytes(range(256)))
        """,
    ),
    "and those it removes are gone": (
        "import shutil\ndef f(d): shutil.rmtree(d)",
        "d = tempfile.mkdtemp(); pathlib.Path(d, 'x').touch(); f(d); self.assertFalse(os.path.exists(d))",
    ),
    "the current folder is that of the tests": (
        "import os\ndef f(): return os.getcwd()",
        "d = tempfile.mkdtemp(); os.chdir(d); self.assertEqual(f(), d)",
    ),
    "the environment too": (
        "import os\ndef f(): return os.environ.get('COLOUR')",
        "with patch.dict('os.environ', {'COLOUR': 'red'}): self.assertEqual(f(), 'red')\nself.assertIsNone(f())",
    ),
    "and the seed": (
        "import random\ndef f(): return random.random()",
        """
        random.seed(7); expected = random.random()
        random.seed(7); self.assertEqual(f(), expected)
        self.assertNotEqual(f(), expected)
        random.seed(7); self.assertEqual(f(), expected)
        """,
    ),
    "printed text is heard": (
        "def f(): print('hello')",
        """
        with contextlib.redirect_stdout(io.StringIO()) as out: f()
        self.assertEqual(out.getvalue(), 'hello\\n')
        with patch('sys.stdout', new_callable=io.StringIO) as out: f()
        self.assertEqual(out.getvalue(), 'hello\\n')
        """,
    ),
    "warnings too": (
        "import warnings\ndef f(): warnings.warn('old', DeprecationWarning)",
        "with self.assertWarns(DeprecationWarning): f()",
    ),
    "input is what the tests type": (
        "def f(): return input() + input()",
        "with patch('builtins.input', side_effect=['a', 'b']): self.assertEqual(f(), 'ab')",
    ),
    "exceptions are of their class, with their words": (
        "import json\ndef f(t): return json.loads(t)",
        "with self.assertRaisesRegex(json.JSONDecodeError, 'Expecting value'): f('x')",
    ),
    "arguments are changed in place": (
        "def f(items, table):\n    items.sort(); table['n'] = len(items)",
        "a, b = [3, 1], {}; f(a, b); self.assertEqual((a, b), ([1, 3], {'n': 2}))",
    ),
    "objects of the program are asked": (
        "class Box:\n x = 1\n def up(self):\n  self.x += 1\n  return self\ndef f(): return Box()",
        "box = f(); self.assertEqual(box.up().x, 2); box.x = 5; self.assertEqual(box.x, 5)",
    ),
    "library classes are told": (
        "import threading\ndef f(): return threading.Event()",
        "self.assertIsInstance(f(), threading.Event); self.assertNotIsInstance(f(), threading.Thread)",
    ),
    "known kinds cross as themselves": (
        """
        import collections, datetime, decimal, pathlib, uuid
        P = collections.namedtuple('P', 'x y')
        def f():
            zone = datetime.timezone(datetime.timedelta(hours=2))
            return (collections.Counter('aab'), datetime.datetime(2024, 5, 6, 7, tzinfo=zone), decimal.Decimal('1.10'),
                    pathlib.Path('a/b'), P(1, 2), collections.deque([1], maxlen=3), range(3), uuid.UUID(int=5))
        """,
        """
        counter, when, money, path, pair, line, numbers, key = f()
        self.assertIsInstance(counter, collections.Counter); self.assertEqual(counter.most_common(1), [('a', 2)])
        self.assertEqual(when.utcoffset().total_seconds(), 7200); self.assertEqual(str(money), '1.10')
        self.assertEqual(path, pathlib.Path('a') / 'b'); self.assertEqual((pair.y, pair), (2, (1, 2)))
        self.assertEqual((line.maxlen, list(line)), (3, [1]))
        self.assertEqual((numbers, key.int), (range(3), 5))
        """,
    ),
    "arrays too": (
        "import numpy as np\ndef f(a): return a.T * 2, a.sum(), a > 2",
        """
        import numpy as np
        twice, total, large = f(np.array([[1, 2], [3, 4]]))
        np.testing.assert_array_equal(twice, [[2, 6], [4, 8]])
        self.assertEqual((twice.dtype.kind, total, total.dtype.kind), ('i', 10, 'i'))
        self.assertEqual(large.tolist(), [[False] * 2, [True] * 2])
        """,
    ),
}

_ABOVE = f"import collections, contextlib, io, json, os, pathlib, random, socket, tempfile, threading, zipfile\n{_MOCK}"


@pytest.mark.parametrize("case", _CROSSES)
def test_what_one_process_would_share_crosses(runner: CodeRunner, case: str) -> None:
    program, test = _CROSSES[case]
    result = _tested(runner, program, test, setup="from time import sleep", above=_ABOVE)
    assert (result.verdict, result.why) == (Verdict.CORRECT, "all tests pass: every test method passed")


@pytest.mark.slow
@pytest.mark.parametrize("case", _CROSSES)
def test_a_program_that_does_nothing_passes_none_of_them(runner: CodeRunner, case: str) -> None:
    result = _tested(
        runner, "def f(*a, **k): return None", _CROSSES[case][1], setup="from time import sleep", above=_ABOVE
    )
    assert result.verdict is Verdict.WRONG


_LIES = {
    "an object that is equal to all": "class E:\n def __eq__(s, o): return True\ndef f(*a): return E()",
    "one of a class that is": "class E(int):\n def __eq__(s, o): return True\ndef f(*a): return E(1)",
    "a skipped test": "import unittest\ndef f(*a): raise unittest.SkipTest('no')",
    "a stopped run": "import unittest.case\ndef f(*a): raise unittest.case._ShouldStop",
    "one under another name": """
        import unittest.case
        Stop = unittest.case._ShouldStop
        Stop.__module__, Stop.__qualname__ = "importlib.machinery", "unittest.case._ShouldStop"
        def f(*a): raise Stop
        """,
    "a class that is equal to all": """
        import unittest.mock
        Any = type(unittest.mock.ANY)
        Any.__module__ = "mock.nowhere"
        def f(*a): return Any()
        """,
    "an end without error": "import os\ndef f(*a): os._exit(0)",
    "a verdict of its own": """
        import json, os
        text = json.dumps({"token": "", "passed": True, "ran": 1, "part": "tests", "cannot_cross": False}).encode()
        def f(*a):
            os.write(3, len(text).to_bytes(4, "big") + b"V" + text)
            return 0
        """,
    "an answer that a class claims to be": """
        import json, os
        text = json.dumps({"value": {"#": "mine", "id": 0, "type": "int", "kinds": [["builtins", "int"]], "own": True}})
        def f(*a):
            os.write(3, len(text).to_bytes(4, "big") + b"A" + text.encode())
            return 0
        """,
    "a function in place of a class": """
        import json, os
        text = json.dumps({"value": {"#": "name", "module": "os", "name": "_exit"}})
        def f(*a):
            os.write(3, len(text).to_bytes(4, "big") + b"A" + text.encode())
            return 0
        """,
}


@all_cases("lie", _LIES)
def test_a_lie_does_not_pass(runner: CodeRunner, lie: str) -> None:
    assert _tested(runner, _LIES[lie], "self.assertEqual(f(1), 42)").verdict is not Verdict.CORRECT


@pytest.mark.parametrize("kind", ["unittest.SkipTest", "numpy.testing.SkipTest", "test.support.ResourceDenied"])
def test_a_program_skips_no_test_that_it_would_fail(runner: CodeRunner, kind: str) -> None:
    skips = f"""
import {kind.rpartition(".")[0]}
def f(x):
    if x != 1: raise {kind}('hard')
    return 1
"""
    tests = """
import unittest
class Tests(unittest.TestCase):
    def test_easy(self): self.assertEqual(f(1), 1)
    def test_hard(self): self.assertEqual(f(2), 4)
"""
    result = runner.run(skips, UnitTests(entry_point="f", tests=tests), _LIMITS)
    assert result.verdict is Verdict.WRONG


_TAMPERS = {
    "records of a mock with a signature": (
        "import shutil\ndef f():\n shutil.copy('a', 'b')\n shutil.copy.reset_mock()",
        "with patch('shutil.copy', autospec=True) as m:\n try: f()\n except Exception: pass\nm.assert_not_called()",
    ),
    "an assertion put in its place": (
        "import shutil\ndef f(): shutil.copy.assert_called_once_with = lambda *a: None",
        "with patch('shutil.copy', autospec=True) as m:\n    f()\n    m.assert_called_once_with('a', 'b')",
    ),
    "a part of a mock put in place": (
        "class L:\n def assert_called_once(s): pass\ndef f(m): m.send = L()",
        "m = MagicMock(); f(m); m.send.assert_called_once()",
    ),
    "a comparison by a method of the program": (
        "class D:\n def equals(s, o): return True\ndef f(): return D()",
        "self.assertTrue(f().equals(3))",
    ),
    "being called": ("def f(): return object()", "self.assertTrue(callable(f()))"),
    "being iterated": ("class C: pass\ndef f(): return C()", "self.assertIsInstance(f(), collections.abc.Iterable)"),
    "an empty thing": ("def f(): return {}.keys()", "self.assertTrue(f())"),
    "an argument by name that is left as it was": (
        "def f(d): d.sort()",
        "x = [2, 1]; f(d=x); self.assertEqual(x, [2, 1])",
    ),
    "one that was changed before the failure": (
        "def f(d):\n d.clear()\n raise ValueError",
        "x = [2]\nwith self.assertRaises(ValueError): f(x)\nself.assertEqual(x, [2])",
    ),
    "a warning of its own for another": (
        "import warnings\nclass W(Warning): pass\ndef f(): warnings.warn('x', W)",
        "with self.assertWarns(UserWarning): f()",
    ),
}


@all_cases("tampering", _TAMPERS)
def test_tampering_does_not_pass(runner: CodeRunner, tampering: str) -> None:
    program, test = _TAMPERS[tampering]
    assert _tested(runner, program, test, above=f"import collections.abc\n{_MOCK}").verdict is not Verdict.CORRECT


_SHARED = {
    "an exception class of the program": (
        "class Odd(ValueError): pass\ndef f(): raise Odd('x')",
        "with self.assertRaises(Odd) as c: f()\nself.assertIsInstance(c.exception, ValueError)",
    ),
    "one object is one object": (
        "import enum\nclass C(enum.Enum): A = 1\ndef f(): return C.A",
        "self.assertIs(f(), C.A); self.assertNotEqual(f(), 1)",
    ),
    "a mock is reckoned with": (
        "import time\ndef f(): return (time.time() - 1) / 2",
        "with patch('time.time') as m:\n    m.return_value.__sub__.return_value = 8\n    self.assertEqual(f(), 4)",
    ),
    "a function of the tests is a function": (
        "def f(g): return g.__name__, callable(g), hasattr(g, '__iter__'), g(2)",
        "def double(x): return x * 2\nself.assertEqual(f(double), ('double', True, False, 4))",
    ),
    "a method in place of a method": (
        "import json\nclass E(json.JSONEncoder): pass\ndef f(): return E().encode(1)",
        "with patch.object(json.JSONEncoder, 'encode', lambda self, o: f'<{o}>'): self.assertEqual(f(), '<1>')",
    ),
    "a class that values are made of": (
        "import datetime\ndef f(): return datetime.datetime.now().year",
        "real = datetime.datetime(2020, 1, 1)\n"
        "with patch('datetime.datetime') as m:\n    m.now.return_value = real\n    self.assertEqual(f(), 2020)",
    ),
    "what the program sets in the environment": (
        "import os\ndef f(): os.environ['COLOUR'] = 'red'; os.chdir('/')",
        "f(); self.assertEqual((os.environ['COLOUR'], os.getcwd()), ('red', '/'))",
    ),
    "a folder in the place of a file": (
        "import os\ndef f(): os.remove('x'); os.mkdir('x'); open('x/y', 'w').close()",
        "open('x', 'w').close(); f(); self.assertEqual(os.listdir('x'), ['y'])",
    ),
    "attributes of an exception": (
        "def f(): open('/nowhere/x')",
        "with self.assertRaises(FileNotFoundError) as c: f()\nself.assertEqual(c.exception.filename, '/nowhere/x')",
    ),
    "a generator is one": (
        "def f(): yield 1",
        "self.assertIsInstance(f(), types.GeneratorType); self.assertEqual(list(f()), [1])",
    ),
    "a stub in the setup is not what is tested": ("def f(): return 2", "self.assertEqual(f(), 2)"),
}


@all_cases("case", _SHARED)
def test_an_honest_program_is_not_wrong_for_being_apart(runner: CodeRunner, case: str) -> None:
    program, test = _SHARED[case]
    above = f"import datetime, json, os, types\n{_MOCK}"
    result = _tested(runner, program, test, setup="def f(): pass", above=above)
    assert (result.verdict, result.why) == (Verdict.CORRECT, "all tests pass: every test method passed")


_WALKS = {
    "records of a mock": "m.reset_mock()",
    "its last call": "m.call_args",
    "what it returns": "m.side_effect",
    "its class": "m.__class__.__mro__",
    "the test case behind a method": "m.__self__",
    "frames of a generator": "m.gi_frame",
}


@all_cases("walk", _WALKS)
def test_what_the_tests_hand_over_leads_nowhere(runner: CodeRunner, walk: str) -> None:
    program = (
        f"def f(m):\n    try: found = {_WALKS[walk]}\n    except AttributeError: return 'nothing'\n    return 'found'"
    )
    for given in ("MagicMock()", "self.method", "(number for number in [1])", "lambda: 1"):
        test = f"self.method = lambda: 1\nself.assertIn(str(f({given})), ('nothing', str(None)))"
        result = _tested(runner, program, test, above=_MOCK)
        if walk == "its class":  # a stand-in has the class of stand-ins, and nothing of the tests
            assert result.verdict is Verdict.WRONG
        else:
            assert result.verdict is Verdict.CORRECT, (given, result.why)


def test_the_test_case_itself_is_not_handed_over(runner: CodeRunner) -> None:
    result = _tested(runner, "def f(case): return 1", "self.assertEqual(f(self), 1)")
    assert result.verdict is Verdict.GRADER_ERROR
    assert "stays with the tests" in result.why


@all_cases(
    ("program", "test", "why"),
    [
        (
            "import re\ndef f(): return re.compile('a')",
            "import re; self.assertEqual(f(), 3)",
            "cannot leave the program",
        ),
        (
            "import ipaddress\ndef f(): return ipaddress.ip_address('::1')",
            "import ipaddress; self.assertGreater(f(), 3)",
            "cannot leave the program",
        ),
        ("def f(m): m.sent = lambda: 1", "f(unittest.mock.MagicMock())", "an object of its own"),
        ("def f(m): return m._mock_children", "f(unittest.mock.MagicMock())", "reads '_mock_children'"),
        (
            "import pickle\ndef f():\n    pickle.dump({1}, open('/tmp/x', 'wb')); pickle.dump(f, open('x', 'wb'))",
            "import pickle; f(); pickle.load(open('x', 'rb'))",
            "code that the program may have written",
        ),
        ("def f(): return 1", "import seaborn_of_nowhere", "a library that the sandbox does not offer"),
        ("def f(): return 1", "self.skipTest('not here')", "every test was skipped"),
    ],
)
def test_tests_that_cannot_be_run_apart_are_no_wrong_answer(
    runner: CodeRunner, program: str, test: str, why: str
) -> None:
    result = _tested(runner, program, test)
    assert result.verdict is Verdict.GRADER_ERROR
    assert why in result.why


@pytest.mark.parametrize(
    ("program", "ended_by"),
    [
        ("def f():\n    while True: pass", "cpu"),
        ("def f(): return bytearray(20 << 30)", "memory"),
        ("def f():\n    for n in range(5000): open(f'/tmp/{n}', 'w').close()", "files"),
    ],
)
def test_limits_hold(runner: CodeRunner, program: str, ended_by: str) -> None:
    tests = UnitTests(entry_point="f", tests="import unittest\nclass T(unittest.TestCase):\n    def test(self): f()")
    result = runner.run(program, tests, ResourceLimits(cpu_s=0.1) if ended_by == "cpu" else _LIMITS)
    assert (result.verdict, result.ended_by) == (Verdict.WRONG, ended_by)


def test_the_reason_names_the_call_and_the_line(runner: CodeRunner) -> None:
    result = _tested(runner, "def f(x): return x", "self.assertEqual(f(20), 40)")
    assert result.why == "f(20) returned 20; the test is: self.assertEqual(f(20), 40)"


def test_the_tests_imports_are_not_the_programs(runner: CodeRunner) -> None:
    result = _tested(
        runner, "def f(): return math.pi", "import math; self.assertEqual(f(), math.pi)", above="import math"
    )
    assert result.verdict is Verdict.WRONG
    assert "name 'math' is not defined" in result.why


def _starts(backend: SandboxBackend) -> bool:
    sandbox = Sandbox(backend)
    try:
        sandbox.start()
    except SandboxError:
        return False
    finally:
        sandbox.close()
    return True


@pytest.fixture(scope="module", params=[True, False], ids=["same place", "two places"])
def other_runner(request: pytest.FixtureRequest) -> Iterator[CodeRunner]:
    """A runner where both sides have their work folder at the same place, and one where they have not."""
    backend = next(
        (backend for backend in known_backends() if backend.hides_files is request.param and _starts(backend)), None
    )
    if backend is None:
        pytest.skip("no such backend on this machine")
    made = CodeRunner(backend)
    yield made
    made.close()


@pytest.mark.slow
def test_files_cross_in_every_backend(other_runner: CodeRunner) -> None:
    program = "import os\ndef f(d):\n open(d + '/y', 'w').write(open(os.path.join(d, 'x')).read() * 2)\n return d"
    test = """
        d = tempfile.mkdtemp(); pathlib.Path(d, 'x').write_text('a')
        self.assertEqual(f(d), d); self.assertEqual(pathlib.Path(d, 'y').read_text(), 'aa')
    """
    result = _tested(other_runner, program, test, above="import pathlib, tempfile")
    assert (result.verdict, result.why) == (Verdict.CORRECT, "all tests pass: every test method passed")
