"""人民币金额的大写。"""

from invoice.digits import DIGITS, integer_text


def _cents(amount):
    """以分为单位的整数。"""
    return int(float(amount) * 100)


def capital(amount):
    """金额的大写，例如 12.30 是“壹拾贰元叁角整”。"""
    cents = _cents(amount)
    yuan, rest = divmod(cents, 100)
    jiao, fen = divmod(rest, 10)
    text = integer_text(yuan) + "元"
    if jiao:
        text += DIGITS[jiao] + "角"
    if fen:
        text += DIGITS[fen] + "分"
    else:
        text += "整"
    return text
