"""Answers in words: plain text, yes and no, letters of a multiple choice, numbers as words, dates and times of day."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from harness.grading.math.parsing.chinese import chinese_number

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_SAME_WORDS = {
    "true": "yes", "false": "no", "是": "yes", "否": "no", "对": "yes", "错": "no", "正确": "yes", "错误": "no",
    "correct": "yes", "incorrect": "no", "dne": "does not exist", "infinitely many": "infinite",
    "none": "no solution", "no solutions": "no solution", "no real solution": "no solution",
    "no real solutions": "no solution", "无解": "no solution", "empty set": "no solution", "空集": "no solution",
}  # fmt: skip
_NUMBER_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_NUMBERS = {word: value for value, word in enumerate(_NUMBER_WORDS)}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
ALL_REALS = frozenset(("all real numbers", "all reals", "real numbers", "all real x", "全体实数", "实数集"))
"""Words for the whole line, as `plain` leaves them."""
NO_SOLUTION = "no solution"
_ARTICLES = re.compile(r"\b(?:the|a|an)\s+(?=[a-z]{2})")
# A to J: MMLU-Pro has ten options (Wang et al. 2024, arXiv 2406.01574).
_CHOICE = re.compile(r"^\(?\s*([A-J])\s*\)?(?:(?<=\))\s+[\w$\\(\[{].*|[.:](?:\s+|(?=[\\$一-鿿]))\S.*)?$", re.DOTALL)
_OPTION = re.compile(
    r"(?:^|[\s(\[{$~])\(?\s*(?:\\(?:textbf|text|mathrm|bf|rm)\s*\{\s*)?\(?([A-J])(?:\)|\.|:|\}\s*\)|\)\s*\})[\s}~\\]*(.+?)"
    r"(?=(?:\\(?:qquad|quad|\\|hspace\S*))|[\s(\[{$~;,]*\(?\s*(?:\\(?:textbf|text|mathrm|bf|rm)\s*\{\s*)?\(?[A-J](?:\)|\.|:)|\n|$)",
    re.DOTALL,
)
_CLOCK = re.compile(
    r"^(\d{1,2})(?::([0-5]\d)(?::([0-5]\d))?|(?=\s*[ap]\.?\s*m))\s*(?:([ap])\.?\s*m\.?)?$", re.IGNORECASE
)
_SYMBOLS = re.compile(r"(?<![^\W\d_])(?!(?:[aA]|[Nn]o|[A-Z]?[a-z])\s+[a-z]{2}|[Nn]o\b|NO\b)[A-Za-z]{1,2}(?![^\W\d_])")
"""One or two letters by themselves: names in a formula, not words."""
_NEGATIONS = frozenset(
    [
        "not",
        "no",
        "never",
        "cannot",
        "isn't",
        "none",
        "neither",
        "nor",
        "non",
        "except",
        "excluding",
        "without",
        "but",
        "other",
    ]
)


_TELLS = frozenset(("is", "are", "was", "were", "be"))
"""Words behind which a sentence states its answer: `the winner is Alice` for `Alice`."""


@lru_cache(maxsize=4096)
def plain_text(text: str) -> str:
    """The words alone: without commands, braces, case, punctuation and articles."""
    if text.isdecimal():
        return text
    text = re.sub(r"\\(?:text|mathrm|mathbf)\s*", "", text)
    text = re.sub(r"[.。]+$", "", re.sub(r"[{}$\\]", " ", text).strip())
    text = re.sub(r"(?<=[^\W\d_]{2})[!?]+$", "", text).lower()
    text = re.sub(r"^(['\"])(.+)\1$", r"\2", text)
    # Articles are dropped from prose only: the `a` of `a + 1` is a variable.
    if not re.search(r"[^\w\s',.;:!?-]|\d", text):
        text = _ARTICLES.sub(" ", text)
    text = re.sub(r"[,;:。，]+(?=\s|$)|(?<=[^\W\d_]{2})[!?]+(?=\s)", " ", text)
    text = re.sub(
        r"^(?:there (?:is|are)|on|[a-z]{2,} is)\s+(?=[a-z])|(?<=^\w )is (?=[a-z])",
        "",
        re.sub(r"\s+", " ", text).strip(),
    )
    text = text.removesuffix("条件") or text
    return _SAME_WORDS.get(text, text)


_QUADRANT = re.compile(
    r"(?:in )?quadrant (?P<behind>iv|i{1,3}|[1-4])"
    r"|(?:in )?(?P<before>first|second|third|fourth|1st|2nd|3rd|4th|iv|i{1,3}) quadrant|第(?P<chinese>[一二三四])象限"
)
_QUADRANT_CUE = re.compile("[Qq]uadrant|QUADRANT|象限")
_QUADRANTS = {
    name: number
    for number, names in enumerate(
        ("1 i first 1st 一", "2 ii second 2nd 二", "3 iii third 3rd 三", "4 iv fourth 4th 四"), 1
    )
    for name in names.split()
}


def same_quadrant(gold: str, prediction: str) -> bool | None:
    """Whether both name the same quadrant, in words, as a numeral or as a number; None where none of them names one."""
    if not _QUADRANT_CUE.search(gold + prediction):
        return None
    a, b = plain_text(gold), plain_text(prediction)
    matches = [_QUADRANT.fullmatch(text) for text in (a, b)]
    names = [match[match.lastgroup or 0] if match else text for match, text in zip(matches, (a, b), strict=True)]
    numbers = [_QUADRANTS.get(name) for name in names]
    return None if None in numbers else numbers[0] == numbers[1]


def same_words(gold: str, prediction: str) -> str | None:
    """The rule by which two texts say the same, or None."""
    a, b = plain_text(gold), plain_text(prediction)
    if a and a == b and _is_case_free(gold, prediction):
        return "same words"
    # "Yes, because ..." for a target of yes; the reason is not graded.
    said = re.match(r"\s*(?:\\text\s*\{\s*)?(yes|no)\s*[,.;，。]", prediction, re.IGNORECASE)
    if a in ("yes", "no") and said:
        return "same yes or no" if said[1].lower() == a else None
    if (time := time_of_day(gold)) is not None and time == time_of_day(prediction):
        return "same time of day"
    if (date := date_of(gold)) is not None and date == date_of(prediction):
        return "same date"
    if a.replace(" ", "") == b.replace(" ", "") and re.fullmatch(r"[^\W\d_]{3,}", a.replace(" ", "")):
        return "same words but for spaces"
    return "the answer's words stand in the target" if _is_quoted(gold, prediction) else None


def _is_case_free(gold: str, prediction: str) -> bool:
    """Whether case means nothing in two equal texts: in words it does not, in the letters of formulas it does."""
    if a_only := _SYMBOLS.findall(re.sub(r"\\[a-zA-Z]+", " ", gold)):
        return a_only == _SYMBOLS.findall(re.sub(r"\\[a-zA-Z]+", " ", prediction))
    return True


def _is_quoted(gold: str, prediction: str) -> bool:
    """Whether a target of a whole sentence is about the answer's words, and nothing there is negated.

    They must be its subject, or what it says its subject is: `Ann wins against Bo` is Ann and not Bo.
    """
    gold = re.sub(r"\\text\s*\{([^{}]*)\}", r"\1", gold)
    if re.search(r"[\d+*/^<>=]", prediction) or "\\" in gold:
        return False
    words, part = re.findall(r"[\w']+", plain_text(gold)), re.findall(r"[\w']+", plain_text(prediction))
    # Two or three words of a target may be a name, of which a part is another answer.
    if len(words) < 4 or not part or not any(len(word) > 2 for word in part) or _NEGATIONS & {*words, *part}:
        return False
    if any(not word.isalpha() for word in part):
        return False
    rest = len(words) - len(part)
    is_told = words[rest:] == part and words[rest - 1] in _TELLS
    is_needed = re.search(rf"\b(?:is|are) (?:required|needed) for {' '.join(part)}\b", " ".join(words)) is not None
    return words[: len(part)] == part or is_told or (is_needed and "than" not in words)


_FRACTION_WORDS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}


def number_word(text: str) -> Fraction | int | None:
    """The value of a single number word, or of a fraction in words: `two thirds`, `三分之一`."""
    if (value := chinese_number(text)) is not None:
        return value
    fraction = re.fullmatch(r"(?:(one|two|three|four|five)[ -]|an? )?([a-z]+?)(s?)", plain_text(text).strip())
    if fraction and fraction[2] in _FRACTION_WORDS and (fraction[2] == "half" or fraction[1]):
        return Fraction(_NUMBERS.get(fraction[1] or "one", 1), _FRACTION_WORDS[fraction[2]])
    words = plain_text(text).replace("-", " ").split()
    if words[:1] in (["minus"], ["negative"]) and (value := _counted(words[1:])) is not None:
        return -value
    return _counted(words)


def _counted(words: list[str]) -> int | None:
    """A whole number below a million in words: `one hundred and twenty`, `two thousand five`."""
    total = section = 0
    last = 1000
    for word in (word for word in words if word != "and"):
        value = _TENS.get(word, _NUMBERS.get(word))
        if value is not None and (value < 10 or last >= 100) and last not in range(10):
            section, last = section + value, 5 if value < 20 else 20
        elif word == "hundred" and 0 < section < 10:
            section, last = section * 100, 100
        elif word == "thousand" and section and not total:
            total, section, last = section * 1000, 0, 1000
        else:
            return None
    return total + section if words and words[-1] != "and" else None


_CHOICE_LETTER = re.compile("[A-J①-⑨]")


def choice_letters(text: str) -> str | None:
    """The letters of an answer with several choices, as written: `A, C`, `AC`, `A and C`; None for anything else."""
    if not _CHOICE_LETTER.search(text):
        return None
    letters = re.sub(r"\\text\s*\{([^{}]*)\}", r"\1", text)
    letters = re.sub(r"\band\b|[\s,;(){}和]", "", letters)
    is_choice = re.fullmatch(r"[A-H]{2,8}|[①-⑨]{1,9}", letters) is not None
    return letters if is_choice and len(set(letters)) == len(letters) else None


def is_word_of_letters(text: str) -> bool:
    """Whether letters stand side by side without anything between them, as in a word or a product."""
    return re.fullmatch(r"[A-H]{2,8}", re.sub(r"\\text|[{}\s]", "", text)) is not None


def choice_letter(text: str) -> str | None:
    """The letter of a multiple choice answer: `C`, `(C)`, `C. 12`, text commands around it aside."""
    if not _CHOICE_LETTER.search(text):
        return None
    bare = re.sub(r"\\text\s*\{([^{}]*)\}", r"\1", text).strip()
    bare = re.sub(r"^(?:(?:option|choice|answer)\s+|选项?)(?=\(?[A-J])", "", bare, flags=re.IGNORECASE)
    match = _CHOICE.match(bare)
    return match[1] if match else None


@lru_cache(maxsize=256)
def options_of(question: str) -> dict[str, str]:
    """The values of the choices a question lists, by letter; empty unless at least A and B are there."""
    found: dict[str, str] = {}
    for match in _OPTION.finditer(question):
        # The first list counts: a question may repeat the letters in a hint.
        found.setdefault(match[1], match[2].strip().strip("$").strip())
    return found if {"A", "B"} <= found.keys() else {}


def choice_value(text: str) -> str | None:
    """What stands behind the letter of a choice: the 15 of `(B) 15`; None where nothing does."""
    bare = re.sub(r"\\text\s*\{([^{}]*)\}", r"\1", text).strip()
    match = re.match(r"^(?:\([A-J]\)|[A-J][.:)])\s*(?P<value>\S.*)$", bare, re.DOTALL)
    return match["value"] if match else None


def same_date(gold: str, prediction: str) -> bool | None:
    """Whether two dates in figures, year first, are the same day; None where one of the two is no such date."""
    is_figures = all(re.match(r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}$", text.strip()) for text in (gold, prediction))
    return date_of(gold) == date_of(prediction) if is_figures else None


def time_of_day(text: str) -> int | None:
    """Seconds since midnight of `20:34`, `8:34 pm`."""
    match = _CLOCK.match(re.sub(r"\\text\s*\{([^{}]*)\}|[$\\]", r"\1", text).strip())
    if match is None:
        return None
    hour = int(match[1])
    if match[4]:
        # 12 am is midnight and 12 pm is noon.
        hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    return hour * 3600 + int(match[2] or 0) * 60 + int(match[3] or 0) if hour < 24 else None


_MONTH_NAMES = "|".join(f"{month}|{month[:3]}" for month in _MONTHS)
_DATE = re.compile(
    rf"^(?:(?P<m1>{_MONTH_NAMES})\.? (?P<d1>\d{{1,2}})|(?P<d2>\d{{1,2}})(?: of)? "
    rf"(?P<m2>{_MONTH_NAMES})\.?)(?:st|nd|rd|th)?(?: +(?P<y>\d{{4}}))?$"
)


def date_of(text: str) -> tuple[int | None, int, int] | None:
    """(year or None, month, day) of `May 4, 2024`, `4 May 2024` or `2024-05-04`."""
    words = plain_text(text).replace(",", " ")
    if short := re.match(r"^(\d{1,2})月(\d{1,2})[日号]$", words):
        return None, int(short[1]), int(short[2])
    if iso := re.match(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$", words):
        return int(iso[1]), int(iso[2]), int(iso[3])
    match = _DATE.match(words)
    if match is None:
        return None
    name = match["m1"] or match["m2"]
    month = next(index for index, known in enumerate(_MONTHS, 1) if known.startswith(name[:3]))
    return (int(match["y"]) if match["y"] else None), month, int(match["d1"] or match["d2"])
