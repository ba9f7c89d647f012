"""Batch APIs of the mock: OpenAI's form with its variants, Anthropic's and xAI's, with days that pass in seconds."""
