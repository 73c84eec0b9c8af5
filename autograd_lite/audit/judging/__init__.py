"""Whether a claim is right, here and at other points."""

__all__ = ()
