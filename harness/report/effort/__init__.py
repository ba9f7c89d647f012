"""A sweep of reasoning efforts: what each step buys in accuracy, and its dollars and seconds."""
