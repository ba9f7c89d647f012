"""The program in a completion: fenced blocks, plain text, what the prompt already gave."""
