"""The graph at other points, where a formula is compared with the gradient."""

__all__ = ()
