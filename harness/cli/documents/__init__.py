"""Tables of commands that no report builds: a cost step by step, a planned run, the price book."""
