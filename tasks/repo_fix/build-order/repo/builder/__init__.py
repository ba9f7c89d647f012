from builder.plan import plan

__all__ = ["plan"]
