"""The pages: a network or graph live (`page`), and the report on a published example, on a terminal and as a folder."""

from autograd_lite.pages.folder import Folder, network_report, scalar_report, sweep_charts
from autograd_lite.pages.study import NetworkStudy, ScalarStudy
from autograd_lite.pages.training import training_report, training_sections

__all__ = [
    "Folder",
    "NetworkStudy",
    "ScalarStudy",
    "network_report",
    "scalar_report",
    "sweep_charts",
    "training_report",
    "training_sections",
]
