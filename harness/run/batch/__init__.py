"""Runs whose requests go through the providers' batch APIs (`harness run --batch`)."""
