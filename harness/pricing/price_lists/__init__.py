"""Public price lists, read for comparison with the price book."""
