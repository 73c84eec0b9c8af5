"""Programs as Python: generated source, or instructions carried out one by one."""

__all__ = ()
