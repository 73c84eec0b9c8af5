"""Train networks, programs and losses of one's own by gradient descent: one loop, with its history."""

import sys
from types import ModuleType

from autograd_lite.train.data import Sample, data_loss
from autograd_lite.train.run import TrainingDivergedError
from autograd_lite.train.training import train

__all__ = ["Sample", "TrainingDivergedError", "data_loss", "train"]


class _Room(ModuleType):
    """This room, which can be called as its function: `autograd_lite.train(net, data, lr=0.5, epochs=100)`."""

    __call__ = staticmethod(train)


sys.modules[__name__].__class__ = _Room
