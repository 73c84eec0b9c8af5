"""Numbers as the live page writes them, run by Node: digit for digit those of the pictures."""

import json
import random
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from autograd_lite import pages
from autograd_lite.text.layout import number, signed

SCRIPT = Path(pages.__file__).parent / "explorer" / "scripts" / "numbers.js"

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node, the JavaScript engine `node` on the PATH"),
]


def some_numbers():
    """Numbers of every size, those on which a rounding has to decide, and those around the changes of form."""
    rng = random.Random(5)
    found = [0.0, -0.0, 0.03125, 0.09375, 0.15625, 2.00005, 1e-5, 9.9999e-6, 0.009995, 0.0099951, 99999.95, 99999.94999]
    found += [k / 2**n for n in range(1, 14) for k in range(1, 40)]
    found += [k / 10**n for n in range(1, 9) for k in range(1, 40)]
    found += [rng.uniform(-1.0, 1.0) * 10.0 ** rng.randint(-12, 12) for _ in range(2000)]
    found += [x for x in (struct.unpack("d", rng.randbytes(8))[0] for _ in range(1000)) if x == x and abs(x) < 1e300]  # noqa: PLR0124
    return found + [-x for x in found]


def test_numbers():
    """Values and gradients are written as Python writes them, ties included, and full digits are read back exactly."""
    script = (
        f"import {{ shown, signed, full }} from {json.dumps(SCRIPT.as_uri())};"
        'import { readFileSync } from "node:fs";'
        'const given = JSON.parse(readFileSync(0, "utf8"));'
        "console.log(JSON.stringify(given.map((x) => [shown(x), signed(x), full(x)])));"
    )
    given = some_numbers()
    command = ["node", "--input-type=module", "-e", script]
    run = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)
    for x, (plain, with_sign, digits) in zip(given, json.loads(run.stdout), strict=True):
        assert plain == number(x), x
        assert with_sign == signed(x, 3), x
        assert float(digits) == x
