"""Libraries that a program or its tests need and the sandbox does not offer: such an answer is ungraded, not wrong.

Programs: well-known third-party distributions that the program's own text imports. A module that exists nowhere is the
program's mistake. A program could import such a library to escape being wrong: it is then in no accuracy either way
and counted as a grader error with its reason. Unit tests: what they import of the libraries of the extra.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping

from harness.core.python_text import parse_python
from harness.grading.code.case_specs import UnitTests, parse_tests
from harness.grading.code.result import TestsBroken
from harness.grading.sandbox.libraries import installed

_NAMES = """
aiohttp altair attr attrs barcode bcrypt bitarray bitstring blake3 bokeh boto3 bs4 catboost chardet click
colorama Crypto cryptography cv2 cvxpy cython cytoolz dask datasets dateutil django docx emoji faker fastapi
flask flask_login flask_mail flask_restful flask_wtf folium fuzzywuzzy gensim geopandas geopy gmpy2 grpc h5py
holidays httpx humanize hypothesis itsdangerous jax jinja2 jsonschema jwt keras Levenshtein librosa lightgbm
lxml lz4 markdown matplotlib mechanize mock more_itertools mpmath nacl natsort networkit networkx nltk numba
numpy opencc openpyxl orjson ortools pandas paramiko pdfplumber phonenumbers PIL plotly polars prettytable
psutil psycopg2 pulp pyarrow pycountry pydantic pydub pyfakefs pymongo pyparsing pypdf PyPDF2 pyqrcode pyquery
pytest python_http_client pytz qrcode rapidfuzz ray redis regex reportlab requests rich rsa scipy scrapy seaborn
selenium sendgrid shapely simplejson six skimage sklearn snappy sortedcontainers soundfile spacy sqlalchemy
statsmodels sympy tables tabulate tensorflow termcolor textblob texttable toolz torch torchvision tqdm
transformers tzlocal ujson unidecode werkzeug wordcloud wordninja wtforms xgboost xlrd xlsxwriter xlwt xmltodict
xxhash yaml z3 zmq zstandard
"""
_KNOWN = frozenset(_NAMES.split())


def missing_library(body: Mapping[str, object], program: str) -> str | None:
    """The library without which the program raised what `body` says; None where it failed for another reason."""
    names = body.get("types")
    if not isinstance(names, list) or "ImportError" not in names:
        return None
    message = str(body.get("message") or "")
    optional = re.search(r"Missing optional dependency '(\w+)", message)  # as pandas says it, for the program
    if optional is not None:
        return optional[1]
    match = re.match(r"No module named '(\w+)", message)
    if match is None or match[1] in sys.stdlib_module_names or match[1] not in _KNOWN:
        return None
    return match[1] if match[1] in {module.partition(".")[0] for module in imported_modules(program)} else None


def missing_modules(targets: Iterable[str]) -> tuple[frozenset[str], int]:
    """The libraries that unit tests among targets import and that are not installed, and how many targets want one.

    For people, before anything is paid: the answers would be kept and could not be graded here.
    """
    names: set[str] = set()
    count = 0
    for target in targets:
        if '"unittests"' not in target:
            continue  # the tests of other kinds may be megabytes, and need no library
        tests = parse_tests(target)
        if isinstance(tests, UnitTests):
            missing = _uninstalled(tests)
            names |= missing
            count += bool(missing)
    return frozenset(names), count


def check_libraries(tests: UnitTests) -> None:
    """Raises TestsBroken, naming the extra to install, where unit tests import libraries that are not installed."""
    if missing := _uninstalled(tests):
        from harness.grading.unittest_bridge.extension import EXTRA

        names = ", ".join(sorted(missing))
        raise TestsBroken(
            f"they need {names}, not installed; pip install 'price-performance-harness[{EXTRA}]' brings it", "library"
        )


def _uninstalled(tests: UnitTests) -> frozenset[str]:
    offered = _offered()
    wanted = {name.partition(".")[0] for text in (tests.setup, tests.tests) for name in imported_modules(text)}
    return frozenset(wanted & frozenset(offered) - frozenset(installed(offered)))


def _offered() -> tuple[str, ...]:
    """What unit tests may import; imported here, since only they need the bridge."""
    from harness.grading.unittest_bridge.extension import LIBRARIES

    return LIBRARIES


def modules_to_load(*texts: str) -> tuple[str, ...]:
    """The modules of offered libraries that texts import: the fork server loads them once for all samples."""
    offered = set(installed(_offered()))
    wanted = (module for text in texts for module in imported_modules(text))
    return tuple(dict.fromkeys(module for module in wanted if module.partition(".")[0] in offered))


def imported_modules(program: str) -> frozenset[str]:
    """The modules that import statements of a text name; empty for a text that does not parse."""
    try:
        tree = parse_python(program)
    except SyntaxError:
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return frozenset(found)
