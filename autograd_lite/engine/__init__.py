"""Numbers that remember how they were made, and the chain rule on them."""

__all__ = ()
