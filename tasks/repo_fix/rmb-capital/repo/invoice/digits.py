"""数字的大写。"""

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")


def groups_of(number):
    """从低到高，每四位一组。"""
    found = []
    while number > 0:
        number, group = divmod(number, 10000)
        found.append(group)
    return found


def group_text(group):
    """一组四位数的大写，中间连续的零只写一个。"""
    text, pending = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if digit:
            text += ("零" if pending else "") + DIGITS[digit] + UNITS[place]
            pending = False
        else:
            pending = True
    return text


def integer_text(number):
    """整数的大写，没有单位“元”。"""
    groups = groups_of(number)
    text = ""
    for place in reversed(range(len(groups))):
        if place < len(groups) - 1 and groups[place] < 1000:
            text += "零"
        text += group_text(groups[place]) + GROUPS[place]
    return text.lstrip("零") or "零"
