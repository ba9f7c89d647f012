"""One file per dialect whose provider has a batch API; the name of the file is the dialect's."""
