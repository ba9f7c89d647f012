"""文本的显示宽度。"""

ELLIPSIS = "…"


def display_width(text):
    """文本在等宽终端里占的列数。"""
    return len(text)


def pad(text, width, align="left"):
    """用空格把文本补到给定宽度。"""
    missing = max(0, width - display_width(text))
    if align == "right":
        return " " * missing + text
    if align == "center":
        return " " * (missing // 2) + text + " " * (missing - missing // 2)
    return text + " " * missing


def shorten(text, width):
    """不超过给定宽度的文本；放不下时以省略号结尾。"""
    if display_width(text) <= width:
        return text
    return text[: width - 1] + ELLIPSIS
