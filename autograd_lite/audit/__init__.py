"""A table of gradients that a person derived: which rows are right, and which mistake explains a wrong one."""

from autograd_lite.audit.claims import Claim, ClaimsReport, Mistake, Verdict, check_claims

__all__ = ["Claim", "ClaimsReport", "Mistake", "Verdict", "check_claims"]
