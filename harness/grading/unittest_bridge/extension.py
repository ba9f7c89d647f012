"""What the fork server gets for unit tests: the handlers of both sides, this package, and the libraries tests use.

The one module of this package that runs outside the sandbox; all others are imported inside, by the names given here.
The frame names S (load the candidate on the program's side) and U (run the tests), and for repositories F (its files)
and T (its tests), are free in `worker/sample.py`.
"""

from __future__ import annotations

from harness.grading.sandbox.extension import WorkerExtension

PROGRAM_FRAME, TESTS_FRAME = "S", "U"
FILES_FRAME, MODULES_FRAME = "F", "T"
_LIBRARIES = """
numpy pandas matplotlib scipy sklearn seaborn statsmodels requests bs4 lxml faker psutil pytz PIL cv2 regex
openpyxl xlrd xlwt docx flask flask_login flask_mail flask_wtf wtforms werkzeug rsa cryptography Crypto nltk
wordcloud shapely geopandas soundfile librosa gensim Levenshtein pyquery pytesseract chardet tensorflow keras
"""
LIBRARIES = tuple(_LIBRARIES.split())
"""What the tests of BigCodeBench-Hard and its published solutions import, by import name."""
EXTRA = "bigcodebench"
"""The extra of this distribution that installs them (pyproject.toml)."""
EXTENSION = WorkerExtension(
    handlers={
        PROGRAM_FRAME: "harness.grading.unittest_bridge.program_side:serve",
        TESTS_FRAME: "harness.grading.unittest_bridge.unittest_side:run",
        FILES_FRAME: "harness.grading.unittest_bridge.repository_program:serve",
        MODULES_FRAME: "harness.grading.unittest_bridge.repository_tests:run",
    },
    packages=("harness.grading.unittest_bridge",),
    libraries=LIBRARIES,
)
