"""Programs in machine code, by LLVM."""

__all__ = ()
