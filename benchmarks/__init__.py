"""How fast the package is, beside its peers in the same run: `python -m benchmarks`."""
