from rooms.load import busy_spans, peak

__all__ = ["busy_spans", "peak"]
