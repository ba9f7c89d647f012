"""Options that several commands share, and what is read for them."""
