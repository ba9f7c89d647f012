"""One notation for the many ways an answer is written: LaTeX, ASCII, Unicode and full-width signs become one string.

Covers what changes the look and never the meaning: dollar signs and brackets of formulas, boxes, spacing commands,
sizes, Unicode signs, superscripts, over-escaped or half-eaten backslashes, text wrappers.
"""

from __future__ import annotations

import re
from functools import lru_cache

from harness.grading.math.parsing.groups import group_at
from harness.grading.math.parsing.vocabulary import OVER_ESCAPED, SIGNS, SUBSCRIPTS, SUPERSCRIPTS, SYNONYMS
from harness.grading.math.parsing.wrappers import without_wrappers

_PLAIN_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
MAX_ANSWER_CHARACTERS = 4000
"""A longer answer is compared as a string only."""

_SUPERSCRIPT_RUN = re.compile("[" + "".join(map(re.escape, SUPERSCRIPTS)) + "]+")
_SUBSCRIPT_RUN = re.compile("[" + "".join(SUBSCRIPTS) + "]+")
_SIGN_TABLE = {ord(sign): text for sign, text in SIGNS.items()} | {
    code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)
}

# An answer that went through JSON or a Python repr once too often: `\\frac{1}{2}` with two backslashes. Only before a
# known command, for `\\` alone is the line break of a matrix.
_OVER_ESCAPED = re.compile(r"(?<!\\)\\\\(?=(?:" + "|".join(OVER_ESCAPED) + r")(?![a-zA-Z]))")
# A model's `"\frac"` in a string that was not raw: `\f`, `\t`, `\b` and `\r` became control characters, `rac{1}{2}` is
# left. The letters behind must complete a command, since a tab before any other word is only white space.
_EATEN = re.compile(
    "(\x0crac)|(\t(?:ext|imes|heta|an|frac|o)(?![a-z]))|(\x08(?:oxed|eta|inom|egin|ar)(?![a-z]))|(\r(?:ho|ight)(?![a-z]))"
)
_EATEN_LETTER = {"\x0c": "f", "\t": "t", "\x08": "b", "\r": "r"}
# `\left.` is an invisible bracket, so its dot goes as well: left there, it would be a decimal point.
_BRACKET_SIZE = re.compile(
    r"\\(?:left|right|middle|[Bb]ig{1,2}[lrm]?|[Bb]igg[lrm]?)(?![a-zA-Z])\s*\.?(?=[\\(){}\[\]|/.<>]|\s|$)"
)
_SPACING = re.compile(
    r"(?<!\\)\\(?:[,;:!> ]|(?:displaystyle|textstyle|limits|nolimits|hfill|newline|par|noindent)(?![a-zA-Z]))"
    r"|\\q?quad|(?<!\\)~"
)
_SPACE_WITH_SIZE = re.compile(r"\\(?:hspace|vspace|phantom|hphantom|label|tag|color)\*?\{[^{}]*\}")
# `1{,}000`, `1\,000`, `1,\!000` are typeset thousands; a plain `1,000` is left to the parser, since it may be a list.
_THOUSANDS = re.compile(r"(?<=\d)(?:,\\!\s*|\{,\}\s*|\\,|\\!,\s*)(?=\d{3}(?!\d))")
# Only with braces: in `\bf 7` the font reaches to the end of the group, which is no part of the answer.
_FORMULA_FONT = re.compile(r"\\(?:mathbf|mathit|mathsf|mathtt|mathnormal|boldsymbol|bm|pmb|bf|rm|it)\s*(?=\{)")
_NO_FORMULA = re.compile(r"[A-Za-z .,:;'()-]*")
_TEXT_COMMAND = re.compile(r"\\(?:textbf|textit|textrm|textsf|texttt|textup|mbox|mathrm|emph|operatorname\*?)\s*(?=\{)")
_OPERATOR = re.compile(
    r"\\(?:operatorname\*?|text|mathrm|textrm|mbox)\s*\{\s*(?P<name>sgn|sign|signum|sech|csch|coth|cosech|cosec|cis"
    r"|a(?:rc?)?(?:sinh|cosh|tanh))\s*\}"
)
"""Functions that LaTeX has no command for."""
_COMMAND = re.compile(r"\\([a-zA-Z]+)")
# `30\circ` without `^` is an angle, while `f \circ g` is a composition: hence a digit before and no letter behind.
_BARE_DEGREE = re.compile(r"\^\s*\{?\s*\\circ(?![a-zA-Z])\s*\}?|(?<=[\d)}])\s*\\circ(?![a-zA-Z])(?!\s*[a-zA-Z\\])")
_CROSS_PRODUCT = re.compile(
    r"\\(?:mathbf|boldsymbol|bm|pmb)\s*\{(?P<a>[a-zA-Z])\}\s*\\times\s*\\(?:mathbf|boldsymbol|bm|pmb)\s*\{(?P<b>[a-zA-Z])\}"
)
"""Bold letters around the sign of the cross product are vectors."""
_REMAINDER = re.compile(r"^(?P<value>[^=<>()]*[a-zA-Z}\d])\s+(?:\\text\s*\{\s*)?\\?mod\s*\}?\s*(?P<modulus>\d+)$")
"""`n mod 2` as a value; in brackets it would be a congruence."""
# `2**10` of models that answer in Python; `**7**` is Markdown's bold and has nothing on its left.
_PYTHON_POWER = re.compile(r"(?<=[\w)])\*\*(?=[\w(-])")
_SYSTEM = re.compile(
    r"(?:\\left\s*)?\\(?:\{|lbrace)\s*\\begin\{(?P<name>aligned|gathered|align\*?)\}(?P<body>.*?)"
    r"\\end\{(?P=name)\}(?:\s*\\right\s*\.)?",
    re.DOTALL,
)
_MONEY_SIGN = "\ue000"
_MONEY = re.compile(
    _MONEY_SIGN + r"\s*(?P<amount>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
    r"(?=[\s.]*$|[,;]\s|\s*(?:\\text\s*\{\s*)?(?:and|or)\b|\s*[)\]])"
)
"""An amount in dollars; the private sign stands for `\\$` until the rest of the text is clean."""
_LONE_DOLLAR = re.compile(r"\A\$(?=\s?(?:\d[\d,]*(?:\.\d+)?|\.\d+)\Z)")
"""The dollar sign of an amount; the sign of a formula stands at both ends."""
_CURRENCIES = {"€": "euros", "£": "gbp", "¥": "yuanyen", "￥": "yuanyen", "₹": "rupees", "₩": "won", "₽": "roubles"}
_CURRENCY = re.compile(
    r"(?P<before>[€£¥￥₹₩₽])\s*(?P<amount>-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)"
    r"|(?P<behind>-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s*(?P<sign>[€£¥￥₹₩₽])|(?P<lone>[€£¥￥₹₩₽])"
)
"""Signs of currencies but the dollar, before or behind an amount."""
_ARC = re.compile(r"^(?P<value>-?\d+(?:\.\d+)?)\s*(?P<primes>''?|\^\s*\{?\s*(?:\\prime\s*){1,2}\}?)$")
"""Minutes and seconds of arc by themselves: `30'`, `15''`."""
# The full stop of the sentence, as in `\boxed{7.}`.
_TRAILING = re.compile(r"(?:[\s.;,:。]|\\+)+$")


def clean(text: str) -> str:
    """The answer in one notation; idempotent up to spaces. Text longer than the bound comes back only stripped."""
    if len(text) > MAX_ANSWER_CHARACTERS:
        return text.strip()
    return _clean(text)


@lru_cache(maxsize=4096)
def _clean(text: str) -> str:
    # Most answers are plain numbers; none of the rules below changes one.
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    text = _EATEN.sub(lambda match: "\\" + _EATEN_LETTER[match[0][0]] + match[0][1:], text)
    # One command with two backslashes shows that all of the text was escaped twice, so all are halved.
    if _OVER_ESCAPED.search(text):
        text = text.replace("\\\\", "\\")
    # A literal backslash and n at the start are a lost line break; `\nu` and `\neq` are commands and stay.
    text = text.replace("\\n", " ") if re.match(r"(?:\\n)+(?![a-z])", text) else text
    text = _CURRENCY.sub(_money, without_wrappers(_raise_scripts(text))).translate(_SIGN_TABLE)
    text = _unwrap(text)
    # Before spaces are dropped: `1\,000` would become `1 000`, two numbers.
    text = _THOUSANDS.sub("", text)
    text = _SPACE_WITH_SIZE.sub(" ", _SPACING.sub(" ", text))
    text = _BRACKET_SIZE.sub("", text)
    text = _OPERATOR.sub(r"\\\g<name> ", text)
    text = _TEXT_COMMAND.sub(
        lambda _: r"\text", _without_fonts(_CROSS_PRODUCT.sub(r"\\vec{\g<a>}\\times \\vec{\g<b>}", text))
    )
    # After fonts and operators are gone: the table of synonyms knows plain commands only (`\dfrac`, `\leqslant`).
    text = _COMMAND.sub(_synonym, text)
    text = _BARE_DEGREE.sub(r"^{\\circ}", text)
    text = _spell_out(text)
    text = (
        text.replace("\\{", "\\lbrace ")
        .replace("\\}", "\\rbrace ")
        # `\{` becomes a command of its own first: a bare brace groups in TeX and is no part of the value.
        .replace("\\%", "%")
        .replace("\\_", "_")
        .replace("\\#", "#")
    )
    text = text.replace("\\|", "|")
    text = _PYTHON_POWER.sub("^", text)
    if _MONEY_SIGN in text:
        text = _MONEY.sub(r"\g<amount> \\text{ dollars}", text).replace(_MONEY_SIGN, "")
    text = re.sub(r"\s+", " ", text).strip()
    return _TRAILING.sub("", text).strip()


_MINUTES = re.compile(
    r"(?P<d>\d+(?:\.\d+)?)\s*\^\{\\circ\}\s*(?P<m>\d+(?:\.\d+)?)\s*(?:'|\^\{?\\prime\}?)(?:\s*(?P<s>\d+(?:\.\d+)?)\s*'')?"
)
_SPLIT_EXPONENT = re.compile(r"(?<![\w.])(?P<digits>\d+(?:\.\d+)?)\s*\\text\s*\{\s*[eE]\s*\}(?=[-+]?\d)")
# `3.2 x 10^5`: the letter x between two numbers is the sign of a product here, never the unknown.
_TIMES_TEN = re.compile(r"(?<=\d)\s*[xX]\s*10\s*\^")
# Behind a number only: "percent" in a sentence is a word.
_PERCENT_WORD = re.compile(
    r"(?<=[\d})])\s*(?:\\text\s*\{\s*(?:percent|per cent|percentage points?)\s*\}"
    r"|(?:percentage points?|percent)(?![a-z]))"
)
_PER_MILLE = re.compile(r"(?P<amount>\d+(?:\.\d+)?)\s*‰$")
# Only at the start: "minus" between two values is the operation.
_SPOKEN_SIGN = re.compile(
    r"^(?:\\text\s*\{\s*(?:negative|minus|负)\s*\}|(?:negative|minus)\s|负)\s*(?=[\d\\])", re.IGNORECASE
)
# `25^\circ C` is a temperature; without this rule C is read as a variable and the degree as an angle.
_TEMPERATURE = re.compile(
    r"(?<=[\d}])\s*\^\{\\circ\}\s*(?:(?P<scale>[CF])|\\text\s*\{\s*(?P<marked>[CF])\s*\})(?=[\s.]*$|[,;)\]]|\s)"
)
_MICRO = re.compile(r"(?:\\mu|\\text\s*\{\s*\\mu\s*\})\s*(?:\\text\s*\{\s*)?(?P<symbol>[mgsLAWVFJC])\s*\}?(?=\s*$)")
# `2 1/3` is two and a third, as English and American textbooks write it, and not 2 * 1 / 3.
_MIXED = re.compile(r"^(?P<sign>-?)\s*(?P<whole>\d+)\s+(?P<top>\d+)\s*/\s*(?P<bottom>\d+)(?![\d/])")
_TEXT_WITH_DIGITS = re.compile(r"\\text\s*\{([^{}]*\d[^{}]*)\}")
_POSITIVE_REALS = re.compile(r"\\mathbb\s*\{R\}\s*[_^]\s*(?:\{\s*)?(?:\+|>\s*0)(?:\s*\})?")
_CHOSEN = re.compile(
    r"(?:\{\s*\}\s*)?[_^]\s*\{?(?P<n>\d{1,3})\}?\s*\{?(?:C|\\text\s*\{\s*C\s*\})\}?\s*_\s*\{?(?P<k>\d{1,3})\}?"
)
# TeX's old infix form: its two sides reach to the braces around it, or to the ends of the text.
_CHOOSE = re.compile(
    r"^(?P<n>[^{}]+?)\s*\\choose(?![a-z])\s*(?P<k>[^{}]+?)$|\{(?P<n2>[^{}]+?)\s*\\choose(?![a-z])\s*(?P<k2>[^{}]+?)\}"
)
_CHOSEN_SHORT = re.compile(
    r"(?<![\w\\.^{])(?P<n>\d{1,3}|n)\s?(?P<kind>[CP])\s?_?\s?(?P<k>\d{1,3}|(?<=n[C])[rk])(?![\w^.])"
    r"|(?<![\w\\.^{])(?P<n2>\d{1,3}|[a-z])\s*(?:\\text\s*\{\s*choose\s*\}|choose)\s*(?P<k2>\d{1,3}|[a-z])(?![\w^.])"
)
"""`10C3`, `10P3`, `10 choose 3`."""
_ARRANGED = re.compile(
    r"(?<![\w\\}])(?:A|\\text\s*\{\s*A\s*\})\s*_\s*\{?(?P<n>\d{1,3})\}?\s*\^\s*\{?(?P<k>\d{1,3})\}?(?![\w{])"
)
_TURNED = re.compile(
    r"(?:(?<=^)|(?<=cup )|(?<=\\in ))\s*(?P<low>[\[\]])(?P<inner>[^\[\]]+[,;][^\[\]]+)(?P<high>[\[\]])"
)
"""An interval whose open ends are brackets turned outward: `]0, 1]`."""
_MODULUS = re.compile(
    r"\s*\(?\s*(?:\\text\s*\{\s*)?(?<!\\b)\\?p?mod(?:ulo)?\s*\}?\s*\{?\s*(?P<modulus>\d+)\s*\}?\s*\)?$"
)
_BASE_IN_WORDS = re.compile(
    r"(?<=[\dA-F])\s*(?:\\text\s*\{)?\s*\(?(?:in )?base[ -]?"
    r"(?P<base>\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|twelve|sixteen)\)?\s*\}?$"
)
_CIRCLED = re.compile(r"\\textcircled\s*\{\s*(?:\\text\s*\{)?\s*([1-9])\s*\}?\s*\}|\\textcircled\s*([1-9])")
# A whole number with other signs between its thousands: `1.234.567`, `1'234'567`. One group alone may be a decimal.
_GROUPED = re.compile(r"^-?\d{1,3}(?P<sign>[.'’_])\d{3}(?:(?P=sign)\d{3})+$")
# A number in the notation of programs: `0xFF`, `0b1011`.
_PREFIXED = re.compile(r"(?<![\w.\\])0(?:x(?:[0-9A-F]+|[0-9a-f]{2,})|b[01]{2,})(?![\w.])")
# `0.333\dots`: the decimals that are written are compared. Plain dots at the end go with _TRAILING.
_DOTS_AFTER_DECIMAL = re.compile(r"(\d\.\d{2,})\s*(?:\\dots|\.{2,})\s*$")


def _spell_out(text: str) -> str:
    """Angles with minutes, mixed numbers with a slash, percent as a word, circled numbers in one form."""
    text = _PREFIXED.sub(lambda match: str(int(match[0], 0)), text.strip())
    if (grouped := _GROUPED.match(text)) is not None:
        return text.replace(grouped["sign"], "")
    text = _ARC.sub(_arc, _MINUTES.sub(_degrees, text))
    text = _TIMES_TEN.sub(r"\\times 10^", _SPLIT_EXPONENT.sub(r"\g<digits>e", text))
    text = _SPOKEN_SIGN.sub("-", _PER_MILLE.sub(r"\\frac{\g<amount>}{1000}", _PERCENT_WORD.sub("%", text)))
    text = _TEMPERATURE.sub(
        lambda match: rf"\text{{ {'celsius' if (match['scale'] or match['marked']) == 'C' else 'fahrenheit'}}}", text
    )
    text = re.sub(r"(?<=\d)(\s*)" + _MICRO.pattern, r" \\text{ micro\g<symbol>}", text)
    text = _MIXED.sub(r"\g<sign>\g<whole>\\frac{\g<top>}{\g<bottom>}", text)
    text = _TEXT_WITH_DIGITS.sub(r" \1 ", text)
    text = _POSITIVE_REALS.sub(r"(0,\\infty )", text)
    text = _CHOSEN.sub(r"\\binom{\g<n>}{\g<k>}", text)
    if "\\choose" in text:
        text = _CHOOSE.sub(lambda match: rf"\binom{{{match['n'] or match['n2']}}}{{{match['k'] or match['k2']}}}", text)
    text = _ARRANGED.sub(_arrangements, text)
    if "C" in text or "P" in text or "choose" in text:
        text = _CHOSEN_SHORT.sub(_chosen_short, text)
    text = _BASE_IN_WORDS.sub(r"_{\g<base>}", text)
    text = text.replace("{:}", ":")
    if (match := _REMAINDER.match(text)) and re.search(r"(?<![a-zA-Z\\])[a-zA-Z](?![a-zA-Z])", match["value"]):
        return rf"{match['value']} \bmod {match['modulus']}"
    text = _MODULUS.sub(r" \\pmod{\g<modulus>}", text)
    text = _TURNED.sub(_turned, text)
    text = _CIRCLED.sub(lambda match: chr(0x245F + int(match[1] or match[2])), text)
    return _DOTS_AFTER_DECIMAL.sub(r"\1", text)


def _without_fonts(text: str) -> str:
    """A formula in bold or italics is that formula; words in them are text, as in `\\mathbf{(A)}`."""
    while (match := _FORMULA_FONT.search(text)) is not None:
        end = group_at(text, match.end())
        inner = text[match.end() + 1 : None if end is None else end - 1]
        # `\mathbf{i}`: taken as the imaginary unit, a vector `2\mathbf{i}+3\mathbf{j}` would be a complex number.
        if inner in ("i", "j", "k"):
            plain = rf"\hat{{{inner}}}"  # a unit vector, not the imaginary unit
        elif _NO_FORMULA.fullmatch(inner):
            plain = rf"\text{{{inner}}}"
        else:
            # In braces inside a formula: `2^\mathbf{10}` would otherwise be read as 2^1 followed by 0.
            plain = inner if match.start() == 0 and end == len(text) else f"{{{inner}}}"
        text = text[: match.start()] + plain + ("" if end is None else text[end:])
    return text


def _money(match: re.Match[str]) -> str:
    sign = match["before"] or match["sign"]
    return rf"{match['amount'] or match['behind']} \text{{ {_CURRENCIES[sign]} }}" if sign else ""


def _arc(match: re.Match[str]) -> str:
    is_minute = match["primes"].count("'") + match["primes"].count("prime") == 1
    return rf"{match['value']} \text{{ {'arcmin' if is_minute else 'arcsec'} }}"


def _chosen_short(match: re.Match[str]) -> str:
    n, k = match["n"] or match["n2"], match["k"] or match["k2"]
    # `P` is also a point or a probability: `2P3` has no meaning as an arrangement and stays as it is written.
    if match["kind"] == "P" and not (n.isdigit() and k.isdigit() and int(n) >= int(k)):
        return match[0]
    return rf"\binom{{{n}}}{{{k}}}" + (f"*{k}!" if match["kind"] == "P" else "")


def _arrangements(match: re.Match[str]) -> str:
    n, k = int(match["n"]), int(match["k"])
    return rf"\binom{{{n}}}{{{k}}}*{k}!" if n >= k else match[0]


def _turned(match: re.Match[str]) -> str:
    low, high = match["low"], match["high"]
    return f"{'(' if low == ']' else '['}{match['inner']}{')' if high == '[' else ']'}"


def _degrees(match: re.Match[str]) -> str:
    return rf"({match['d']}+\frac{{{match['m']}}}{{60}}+\frac{{{match['s'] or 0}}}{{3600}})^{{\circ}}"


def _synonym(match: re.Match[str]) -> str:
    name = match[1]
    other = SYNONYMS.get(name)
    if other is None:
        return match[0]
    return ("\\" + other + (" " if other[-1].isalpha() else "")) if other[0].isalpha() else f" {other} "


def _raise_scripts(text: str) -> str:
    """Superscript and subscript characters as ^{...} and _{...}."""
    if text.isascii():
        return text
    text = _SUPERSCRIPT_RUN.sub(lambda match: "^{" + "".join(SUPERSCRIPTS[sign] for sign in match[0]) + "}", text)
    return _SUBSCRIPT_RUN.sub(lambda match: "_{" + "".join(SUBSCRIPTS[sign] for sign in match[0]) + "}", text)


def _unwrap(text: str) -> str:
    """Without the delimiters of formulas; a lone dollar sign in front of a number is money, and goes as well."""
    text = text.strip().strip("`").strip()
    text = re.sub(r"^\*\*(.*)\*\*$", r"\1", text, flags=re.DOTALL)
    # `\$` first: dropping `$` before it would leave the backslash of `\$5` alone in front of the 5.
    text = _LONE_DOLLAR.sub(_MONEY_SIGN, text.replace("\\$", _MONEY_SIGN)).replace("$", "")
    text = re.sub(r"(?<!\\)\\[()]|(?<!\\)\\[\[\]]", " ", text)
    text = _SYSTEM.sub(lambda match: rf"\begin{{cases}}{match['body'].replace('&', '')}\end{{cases}}", text)
    text = re.sub(r"\\(?:begin|end)\{(?:aligned|align\*?|equation\*?|gather\*?|split)\}", " ", text)
    return text.strip()
