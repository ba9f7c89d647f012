"""The HTTP/1.1 client: connections, framing, content coding, arrival times of bytes."""
