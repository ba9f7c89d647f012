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
from collections.abc import Mapping

from harness.grading.code.parsing import parsed

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
    if not isinstance(names, list) or "ModuleNotFoundError" not in names:
        return None
    match = re.match(r"No module named '(\w+)", str(body.get("message") or ""))
    if match is None or match[1] in sys.stdlib_module_names or match[1] not in _KNOWN:
        return None
    return match[1] if match[1] in _imported(program) else None


def _imported(program: str) -> frozenset[str]:
    """The first parts of the modules that import statements of a text name."""
    try:
        tree = parsed(program)
    except SyntaxError:
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return frozenset(found)
