"""分页控件的文本。"""


def render(pages, width=5):
    """例如 `« 1 [2] 3 »`；第一页没有 «，最后一页没有 »。"""
    parts = ["«"] if pages.number > 1 else []
    for number in pages.window(width):
        parts.append(f"[{number}]" if number == pages.number else str(number))
    if pages.number < pages.count:
        parts.append("»")
    return " ".join(parts)


def summary(pages):
    """例如 `第 11–20 条，共 42 条`。"""
    if not pages.total:
        return "没有记录"
    start, end = pages.bounds()
    return f"第 {start + 1}–{end} 条，共 {pages.total} 条"
