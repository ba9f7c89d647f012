"""Applying a patch to a text."""

from patcher.hunks import PatchError, parse


def apply(text, patch):
    """The text after the patch; raises PatchError where a line is not as the patch says."""
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    for hunk in parse(patch):
        position = hunk.old_start - 1
        for sign, content in hunk.lines:
            if sign == "+":
                lines.insert(position, content)
                position += 1
                continue
            if position >= len(lines) or lines[position] != content:
                raise PatchError(f"line {position + 1} does not match")
            if sign == "-":
                del lines[position]
            else:
                position += 1
    return "".join(line + "\n" for line in lines)


def reverse(patch):
    """The patch that undoes another one."""
    swapped = {"-": "+", "+": "-"}
    lines = []
    for line in patch.split("\n"):
        if line.startswith("@@ "):
            _, old, new, *rest = line.split(" ")
            lines.append(" ".join(["@@", "-" + new[1:], "+" + old[1:], *rest]))
        elif line.startswith(("--- ", "+++ ")):
            continue
        else:
            lines.append(swapped.get(line[:1], line[:1]) + line[1:])
    return "\n".join(lines)
