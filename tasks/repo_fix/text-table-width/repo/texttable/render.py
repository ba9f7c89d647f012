"""把行渲染成文本表格。"""

from texttable.width import display_width, pad, shorten


def _is_number(text):
    return text.replace(".", "", 1).replace("-", "", 1).isdigit()


def _alignments(rows, count):
    """数字列右对齐，其他列左对齐。"""
    columns = [[row[place] for row in rows] for place in range(count)]
    return ["right" if column and all(map(_is_number, column)) else "left" for column in columns]


def render(header, rows, max_width=None):
    """表头和各行，列之间用竖线分开；max_width 是每一列的最大宽度。"""
    if any(len(row) != len(header) for row in rows):
        raise ValueError("每一行的列数必须和表头相同")
    cells = [[str(cell) for cell in row] for row in [header, *rows]]
    if max_width is not None:
        cells = [[shorten(cell, max_width) for cell in row] for row in cells]
    widths = [max(display_width(row[place]) for row in cells) for place in range(len(header))]
    aligns = _alignments(cells[1:], len(header))
    lines = []
    for row in cells:
        padded = [pad(cell, width, align) for cell, width, align in zip(row, widths, aligns)]
        lines.append(" | ".join(padded).rstrip())
    lines.insert(1, "-+-".join("-" * width for width in widths))
    return "\n".join(lines)
