"""Removing and grouping duplicates."""

from dedupe.compare import same


def unique(records):
    """The records without later duplicates."""
    kept = []
    for record in records:
        if not any(same(record, other) for other in kept):
            kept.append(record)
    return kept


def group_same(records):
    """Lists of equal records, in the order of their first one."""
    groups = []
    for record in records:
        for group in groups:
            if same(group[0], record):
                group.append(record)
                break
        else:
            groups.append([record])
    return groups


def count_duplicates(records):
    """How many records `unique` would drop."""
    records = list(records)
    return len(records) - len(unique(records))


def report(records):
    """A line for each group of duplicates: how often, and the first record."""
    lines = []
    for group in group_same(records):
        if len(group) > 1:
            shown = ", ".join(f"{key}={value}" for key, value in sorted(group[0].items()))
            lines.append(f"{len(group)}x {shown}")
    return lines
