"""Run folders in an object store: upload, fetch, columns read without fetching."""
