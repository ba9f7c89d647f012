from cron.next_run import NeverRuns, next_run
from cron.spec import SpecError, parse

__all__ = ["NeverRuns", "SpecError", "next_run", "parse"]
