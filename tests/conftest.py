"""What all tests share: the profiles of hypothesis, what is left out without an optional package, and quick threads."""

import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest
from hypothesis import Phase, settings

# No deadlines: a test's time depends on the machine, and no test here is about time.
settings.register_profile("fast", deadline=None, max_examples=60)
settings.register_profile("ci", parent=settings.get_profile("fast"), derandomize=True, print_blob=True)
settings.register_profile(  # a test that fails has noticed a mutant, by whatever example
    "mutation", parent=settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate], report_multiple_bugs=False
)
settings.register_profile("thorough", parent=settings.get_profile("ci"), max_examples=600)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "fast"))


MISSING = [name for name in ("numpy", "matplotlib", "llvmlite") if importlib.util.find_spec(name) is None]
"""The optional packages that are not here: what tests need of them is skipped. In CI all are."""
IMPORT = re.compile(rf"^(?:import|from) (?:{'|'.join(MISSING)})\b", re.MULTILINE) if MISSING else None
collect_ignore = [
    str(file) for file in Path(__file__).parent.rglob("test_*.py") if IMPORT and IMPORT.search(file.read_text("utf-8"))
]


def pytest_report_header():
    """Say what is left out."""
    return f"without {', '.join(MISSING)}: {len(collect_ignore)} files are left out" if MISSING else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Skip a test that turns out to need a package that is not here."""
    try:
        return (yield)
    except ImportError as error:
        if os.environ.get("CI") != "true" and any(name in str(error) for name in MISSING):
            pytest.skip(f"{item.name} needs a package that is not installed: {error}")
        raise


@pytest.fixture
def frequent_switches():
    """Threads take turns as often as Python can make them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
