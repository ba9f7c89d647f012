from bus.bus import Bus, HandlerErrors

__all__ = ["Bus", "HandlerErrors"]
