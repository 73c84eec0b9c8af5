"""What all tests share: the profiles of hypothesis, and threads that take turns often."""

import os
import sys

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


@pytest.fixture
def frequent_switches():
    """Threads take turns as often as Python can make them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
