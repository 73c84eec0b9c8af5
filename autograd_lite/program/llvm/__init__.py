"""Programs in machine code, by LLVM."""

__all__: list[str] = []
