"""Results of others as values, run folders and boards; formats/ holds one file per format."""
