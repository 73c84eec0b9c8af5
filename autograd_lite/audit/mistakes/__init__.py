"""The mistakes that people make, made on purpose and compared with what was claimed."""

__all__ = ()
