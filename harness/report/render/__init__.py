"""Output formats (text, Markdown, CSV, JSON, HTML) and the format of numbers; knows no product."""
