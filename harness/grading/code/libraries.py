"""Whether a program failed only for want of a library that is installed elsewhere and not in the sandbox.

Such a program was not judged, so it is no wrong answer. Covers well-known third-party distributions that the program's
own text imports. Does NOT cover: modules that exist nowhere (a mistake of the program), libraries the sandbox has.

A program could import such a library to escape being wrong. It is then in no accuracy either way, and stands in the
count of grader errors with its reason; nothing can be gained as right.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Mapping

from harness.grading.code.case_specs import UnitTests, parse_tests
from harness.grading.code.parsing import parse_python
from harness.grading.sandbox.libraries import UNITTESTED, installed

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

    For people, before anything is paid: the answers would be kept and could not be judged here.
    """
    names: set[str] = set()
    count = 0
    for target in targets:
        if '"unittests"' not in target:
            continue  # the tests of other kinds may be megabytes, and need no library
        tests = parse_tests(target)
        if isinstance(tests, UnitTests):
            wanted = {name.partition(".")[0] for text in (tests.setup, tests.tests) for name in imported_modules(text)}
            missing = wanted & frozenset(UNITTESTED) - frozenset(installed(UNITTESTED))
            names |= missing
            count += bool(missing)
    return frozenset(names), count


def modules_to_load(*texts: str) -> tuple[str, ...]:
    """The modules of offered libraries that texts import, for the warm interpreter to have them loaded."""
    offered = set(installed(UNITTESTED))
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
