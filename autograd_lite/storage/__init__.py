"""Saving and loading networks and graphs: JSON files that are checked before anything is made of them."""

from autograd_lite.storage.graph import load_graph, save_graph
from autograd_lite.storage.network import load_network, save_network
from autograd_lite.storage.reading import FileFormatError
from autograd_lite.storage.task import Task, load, load_task, save_task

__all__ = [
    "FileFormatError",
    "Task",
    "load",
    "load_graph",
    "load_network",
    "load_task",
    "save_graph",
    "save_network",
    "save_task",
]
