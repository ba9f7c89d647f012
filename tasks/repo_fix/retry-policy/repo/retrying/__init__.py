from retrying.policy import Retry

__all__ = ["Retry"]
