"""Where a completion states its final answer: boxes, phrases, the last statement."""
