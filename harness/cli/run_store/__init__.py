"""`harness runs merge`, `prune`, `push` and `pull`: run folders here and in an object store."""
