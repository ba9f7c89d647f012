from limiter.bucket import Limiter
from limiter.multi import MultiLimiter

__all__ = ["Limiter", "MultiLimiter"]
