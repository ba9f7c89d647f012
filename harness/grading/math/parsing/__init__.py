"""From the text of an answer to a typed value: LaTeX, units, words, Chinese."""
