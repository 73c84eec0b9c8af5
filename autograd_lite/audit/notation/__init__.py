"""What people write, read: numbers, formulas, equations, and whose derivative they say it is."""

__all__ = ()
