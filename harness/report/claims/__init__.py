"""`harness claims`: the ledger of published claims, and a verdict for each."""
