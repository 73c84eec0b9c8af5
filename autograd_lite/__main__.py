"""The command line, also as `python -m autograd_lite`."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line with the arguments of this process, and exit with its code."""
    try:
        from autograd_lite.cli.app import run  # inside, so that ctrl-C while it loads is quiet too

        sys.exit(run())
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
