"""Runs: request, checked plan, session; the engines that send, and what is derived from stored responses."""
