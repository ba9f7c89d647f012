"""Files of a run: call log, grades, manifest; locks, repair, leases."""
