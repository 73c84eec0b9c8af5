"""Run all benchmarks, print tables, and write what was measured as JSON.

    python -m benchmarks [--only replay|eager] [--out FILE]      (some minutes)

Peers that are not installed are skipped, and named.
"""

import argparse
import importlib.util
import json
from pathlib import Path

from benchmarks import replay


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time autograd_lite beside its peers.")
    parser.add_argument("--only", choices=("replay", "eager"), help="one of the two; by default both")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results.json"), help="the JSON file")
    chosen = parser.parse_args()
    found: dict[str, object] = {"machine": replay.machine()}
    if chosen.only != "eager":
        found["replay"] = replay.main()
    if chosen.only != "replay":
        if importlib.util.find_spec("micrograd"):
            from benchmarks import eager

            found["eager"] = eager.main()
        else:
            print("eager: skipped, micrograd is not installed")
    chosen.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
