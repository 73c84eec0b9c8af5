"""The report on a published example: computed once, shown on a terminal and as a folder with a page."""

from autograd_lite.pages.folder import Folder, network_report, scalar_report, sweep_charts
from autograd_lite.pages.study import NetworkStudy, ScalarStudy

__all__ = ["Folder", "NetworkStudy", "ScalarStudy", "network_report", "scalar_report", "sweep_charts"]
