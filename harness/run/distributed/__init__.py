"""A run by several worker processes, here or on Ray: leases, limits, merged results."""
