"""What made a page: the package and its version."""

import sys

__all__ = ["made_by"]


def made_by() -> str:
    """Return the name and version of the package, which is there before any of its rooms."""
    return f"autograd-lite {sys.modules['autograd_lite'].__version__}"  # not imported: it imports its rooms itself
