"""Shell commands of a model in a sandbox of their own: a workspace in memory, no network, no files of this machine."""
