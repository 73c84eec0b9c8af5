"""The commands of the terminal."""

from autograd_lite.cli.app import app, run

__all__ = ["app", "run"]
