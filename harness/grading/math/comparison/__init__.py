"""Whether two parsed answers denote the same object: a rule per kind of answer."""
