from routes.network import Network
from routes.search import reachable, shortest

__all__ = ["Network", "reachable", "shortest"]
