"""The words and signs of mathematical notation, as tables: what is written another way and what is a function."""

SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-", "×": "\\times ", "✕": "\\times ", "÷": "\\div ",
    "·": "\\cdot ", "⋅": "\\cdot ", "•": "\\cdot ", "∗": "*", "∕": "/", "⁄": "/", "√": "\\sqrt ",
    "∛": "\\cbrt ", "∞": "\\infty ", "π": "\\pi ", "≤": "\\le ", "≦": "\\le ", "⩽": "\\le ", "≥": "\\ge ",
    "≧": "\\ge ", "⩾": "\\ge ", "≠": "\\ne ", "∪": "\\cup ", "⋃": "\\cup ", "∩": "\\cap ", "∈": "\\in ",
    "∖": "\\setminus ", "±": "\\pm ", "∓": "\\mp ", "°": "^{\\circ}", "℃": "^{\\circ}C", "℉": "^{\\circ}F",
    "º": "^{\\circ}", "∘": "\\circ ",
    "′": "'", "’": "'", "″": "''", "≈": "\\approx ", "∅": "\\emptyset ", "ℝ": "\\mathbb{R}", "ℤ": "\\mathbb{Z}",
    "ℕ": "\\mathbb{N}", "ℚ": "\\mathbb{Q}", "ℂ": "\\mathbb{C}", "≡": "\\equiv ", "∣": "|", "∶": ":",
    "→": "\\to ", "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ", "…": "\\dots ",
    "⋯": "\\dots ", "∠": "\\angle ", "∑": "\\sum ", "∫": "\\int ", "½": "\\frac{1}{2}", "⅓": "\\frac{1}{3}",
    "⅔": "\\frac{2}{3}", "¼": "\\frac{1}{4}", "¾": "\\frac{3}{4}", "⅕": "\\frac{1}{5}", "⅖": "\\frac{2}{5}",
    "⅗": "\\frac{3}{5}", "⅘": "\\frac{4}{5}", "⅙": "\\frac{1}{6}", "⅛": "\\frac{1}{8}", "⅜": "\\frac{3}{8}",
    "⅝": "\\frac{5}{8}", "⅞": "\\frac{7}{8}", "、": ",", "。": ".", "【": "[", "】": "]", "「": "", "」": "",
    "“": "\"", "”": "\"", "‘": "'", "《": "", "》": "", " ": " ", " ": " ",
    " ": " ", "　": " ", "\u200b": "", "⁡": "", "⁢": "", "﻿": "", "α": "\\alpha ", "β": "\\beta ", "γ": "\\gamma ",
    "δ": "\\delta ", "θ": "\\theta ", "λ": "\\lambda ", "μ": "\\mu ", "ρ": "\\rho ", "σ": "\\sigma ",
    "φ": "\\phi ", "ϕ": "\\phi ", "ω": "\\omega ", "τ": "\\tau ", "ε": "\\epsilon ", "Δ": "\\Delta ",
    "Ω": "\\Omega ", "η": "\\eta ", "ξ": "\\xi ",
}  # fmt: skip
"""Unicode signs and what they are in LaTeX."""
SUPERSCRIPTS = {
    "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9",
    "⁺": "+", "⁻": "-", "⁽": "(", "⁾": ")", "ⁿ": "n", "ⁱ": "i", "ˣ": "x",
}  # fmt: skip
SUBSCRIPTS = {
    "₀": "0", "₁": "1", "₂": "2", "₃": "3", "₄": "4", "₅": "5", "₆": "6", "₇": "7", "₈": "8", "₉": "9",
    "₊": "+", "₋": "-", "ₙ": "n", "ᵢ": "i", "ₖ": "k", "ₘ": "m",
}  # fmt: skip
SYNONYMS = {
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom", "leq": "le",
    "leqslant": "le", "leqq": "le", "geq": "ge", "geqslant": "ge", "geqq": "ge", "neq": "ne", "ast": "times",
    "cdots": "dots", "ldots": "dots", "dotsc": "dots", "dotsb": "dots", "vdots": "dots",
    "varnothing": "emptyset", "lbrack": "[", "rbrack": "]", "lparen": "(",
    "rparen": ")", "langle": "(", "rangle": ")", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|",
    "cupdot": "cup", "bigcup": "cup", "sqcup": "cup", "backslash": "setminus", "varphi": "phi",
    "varepsilon": "epsilon", "vartheta": "theta", "lt": "<", "gt": ">", "colon": ":", "arcsinh": "asinh",
    "simeq": "approx", "thickapprox": "approx", "textcirc": "circ", "degree": "circ",
    "textdegree": "circ", "wedge": "land", "notin": "notin", "R": "mathbb{R}", "tg": "tan", "ctg": "cot",
    "overrightarrow": "vec", "widehat": "hat", "widetilde": "tilde",
    "arctg": "arctan", "cosec": "csc", "percent": "%", "approxeq": "approx", "lor": "lor", "Pi": "pi",
}  # fmt: skip
"""LaTeX commands with the same meaning as another."""
OVER_ESCAPED = (
    "frac", "dfrac", "tfrac", "cfrac", "sqrt", "begin", "text", "textbf", "mathrm", "mathbb", "left", "right",
    "pi", "le", "ge", "leq", "geq", "leqslant", "geqslant", "neq", "infty", "cup", "cap", "cdot", "times",
    "div", "boxed", "theta", "alpha", "beta", "gamma", "sin", "cos", "tan", "log", "ln", "pm", "mp", "mid",
    "in", "circ", "pmod", "angle", "overline", "binom", "rho", "to",
)  # fmt: skip
"""Commands that tell two backslashes in front of them from the end of a matrix row."""
WORDS = (
    "arcsin", "arccos", "arctan", "arccot", "asinh", "acosh", "atanh", "asin", "acos", "atan", "sinh", "cosh",
    "tanh", "sqrt", "cbrt", "frac", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "lg", "exp", "abs",
    "floor", "ceil", "gcd", "lcm", "min", "max", "binom", "pi", "infinity", "Infinity", "infty", "theta",
    "alpha", "beta", "gamma", "lambda", "sigma", "omega", "phi", "det", "oo", "sgn", "cis", "sech", "csch", "coth",
)  # fmt: skip
"""Functions and constants that ASCII formulas write without a backslash."""
FUNCTIONS = {
    "sin": 1, "cos": 1, "tan": 1, "cot": 1, "sec": 1, "csc": 1, "arcsin": 1, "arccos": 1, "arctan": 1,
    "arccot": 1, "sinh": 1, "cosh": 1, "tanh": 1, "asinh": 1, "acosh": 1, "atanh": 1, "log": 1, "ln": 1,
    "lg": 1, "exp": 1, "abs": 1, "floor": 1, "ceil": 1, "gcd": 2, "lcm": 2, "min": 2, "max": 2, "sgn": 1, "cis": 1,
    "sech": 1, "csch": 1, "coth": 1,
}  # fmt: skip
"""Functions and how many arguments they take at least."""
SAME_FUNCTION = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "arcsec": "arcsec", "sign": "sgn", "signum": "sgn",
    "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "arccosh": "acosh", "arctanh": "atanh", "cosech": "csch",
}  # fmt: skip
INVERSE = {
    "sin": "arcsin", "cos": "arccos", "tan": "arctan", "cot": "arccot", "sinh": "asinh", "cosh": "acosh",
    "tanh": "atanh",
}  # fmt: skip
GREEK = frozenset((
    "Delta", "Gamma", "Lambda", "Omega", "Phi", "Psi", "Sigma", "Theta", "Xi", "alpha", "beta", "chi", "delta",
    "ell", "epsilon", "eta", "gamma", "hbar", "iota", "kappa", "lambda", "mu", "nu", "omega", "phi", "psi",
    "rho", "sigma", "tau", "theta", "upsilon", "xi", "zeta",
))  # fmt: skip
DECORATIONS = frozenset((
    "bar", "dot", "hat", "overline", "overrightarrow", "tilde", "underline", "vec", "widehat", "widetilde",
))  # fmt: skip
"""Commands that make a name of what stands below them."""
CONSTANTS = {
    "pi": "pi", "infty": "inf", "infinity": "inf", "Infinity": "inf", "oo": "inf", "e": "e", "i": "i",
}  # fmt: skip
BASES = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "ten": "10", "twelve": "12", "sixteen": "16",
}  # fmt: skip
"""Bases of numerals in words."""
