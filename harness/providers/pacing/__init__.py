"""When a request may be sent: rate limits, concurrency, retries, stopped endpoints."""
