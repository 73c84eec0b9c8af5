"""Train networks, programs and losses of one's own by gradient descent: one loop, with its history."""

from autograd_lite.train.data import Sample, data_loss
from autograd_lite.train.run import TrainingDivergedError
from autograd_lite.train.training import train

__all__ = ["Sample", "TrainingDivergedError", "data_loss", "train"]
