"""Grades mathematical answers: find it in the completion, parse it, compare it with the target."""
