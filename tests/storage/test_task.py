"""What is to be trained, in a file that a person can write: what it may say, and what is said of the rest."""

import json

import pytest

from autograd_lite import Network, Value, losses
from autograd_lite.storage import FileFormatError, Task, load, load_task, save_graph, save_network, save_task
from autograd_lite.train import data_loss

XOR = [([0.0, 0.0], [0.0]), ([0.0, 1.0], [1.0])]


def written(tmp_path, **members):
    path = tmp_path / "task.json"
    path.write_text(json.dumps(members))
    return path


def test_the_least(tmp_path):
    """Sizes are enough; all else is as for `Network`, with half the squared error, all parameters trained."""
    task = load_task(written(tmp_path, sizes=[2, 3, 1]))
    assert [w.data for w in task.net.weights] == [w.data for w in Network([2, 3, 1]).weights]
    assert (task.data, task.loss, task.lr, task.epochs) == ([], losses.half_squared_error, None, None)
    assert task.parameters == task.net.parameters()


@pytest.mark.parametrize(
    ("values", "mode"), [([1], "layer"), ([1, 2, 3], "neuron"), ([], "none")], ids=["layer", "neuron", "none"]
)
def test_kinds_of_biases(values, mode, tmp_path):
    """How many values there are says which biases they are, if the file does not."""
    task = load_task(written(tmp_path, sizes=[2, 3], bias_values=values))
    assert task.net.bias_mode == mode
    assert [b.data for b in task.net.biases] == values


def test_a_round_trip(tmp_path):
    """What is saved is loaded again, exact to the bit, labels too."""
    net = Network([2, 2, 1], activation=["tanh", "linear"], biases="layer", seed=3)
    net.weights[0].label = "first"
    task = Task(net, XOR, losses.mean_squared_error, "weights", 0.1, 7)
    again = load_task(save_task(task, tmp_path / "task.json"))
    assert (again.data, again.loss, again.trained, again.lr, again.epochs) == (XOR, task.loss, "weights", 0.1, 7)
    assert again.parameters == again.net.weights
    assert [(p.label, p.data) for p in again.net.parameters()] == [(p.label, p.data) for p in net.parameters()]
    assert data_loss(again.net, again.data, again.loss).data == data_loss(net, XOR, task.loss).data


def test_other_files(tmp_path):
    """A saved network is a task without data; `load` takes graphs too, and `load_task` says that it is none."""
    net = save_network(Network([2, 1], seed=4), tmp_path / "net.json")
    assert load_task(net).net["w1"].data == Network([2, 1], seed=4)["w1"].data
    graph = save_graph(Value(1.0, "x") + 1.0, tmp_path / "graph.json")
    assert load(graph).data == 2.0
    assert isinstance(load(net), Task)
    with pytest.raises(FileFormatError, match="its format is 'autograd_lite graph', and a network is due"):
        load_task(graph)


def test_a_loss_without_a_name(tmp_path):
    """A loss of one's own cannot be written, and nothing is."""
    with pytest.raises(ValueError, match="a file names one of half_squared_error, "):
        save_task(Task(Network([1, 1]), loss=lambda a, t, suffix="": a[0]), tmp_path / "task.json")
    assert list(tmp_path.iterdir()) == []


GOOD = {"sizes": [2, 1], "inputs": [1, 2], "targets": [0]}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sizes": None}, "sizes: a list is due, got null"),
        ({"sizes": [2]}, "sizes"),
        ({"sizes": [2, 0]}, "sizes[1]: a whole number from 1 is due, got 0"),
        ({"sizes": [2, 1.5]}, "sizes[1]: a whole number from 1 is due, got 1.5"),
        ({"sizes": [10**6, 10**6]}, "ask for more than 100,000 weights, and the file does not have them"),
        ({"weigths": [1, 2]}, "it has a member 'weigths', which is unknown; did you mean 'weights'? There are: sizes,"),
        ({"weights": [1]}, "got 1"),
        ({"weights": [1, "2"]}, "weights[1]: a finite number is due, got '2'"),
        ({"weights": [1, True]}, "weights[1]: a finite number is due, got true"),
        ({"weights": 1}, "weights: a list is due, got 1"),
        ({"bias_values": [1, 2]}, "got 2"),
        ({"biases": "all"}, "biases are 'none', 'layer' or 'neuron', got 'all'"),
        ({"activation": "sigmiod"}, "sigmiod"),
        ({"seed": -1}, "seed is a whole number, 0 or above, got -1"),
        ({"inputs": [1]}, "inputs: the network has 2 inputs, got 1 numbers"),
        ({"targets": [1, 2]}, "targets: the network has 1 outputs, got 2 numbers"),
        ({"targets": ["x"]}, "targets[0]: a finite number is due, got 'x'"),
        ({"data": [[[1, 2], [0]]]}, 'the samples are given twice, as "data" and as "inputs"; leave out one'),
        ({"loss": "mse"}, "loss: one of half_squared_error, mean_squared_error,"),
        ({"loss": "mean squared eror"}, "did you mean 'mean_squared_error'?"),
        ({"trained": "biases"}, "trained: one of all, weights is due, got 'biases'"),
        ({"lr": -1}, "lr: a learning rate is 0 or above, got -1"),
        ({"lr": "0.5"}, "lr: a number or a whole number is due, got '0.5'"),
        ({"epochs": -1}, "epochs: a whole number from 0 is due, got -1"),
        ({"epochs": 1.5}, "epochs: a whole number is due, got 1.5"),
        ({"labels": ["a"]}, "labels: a list of 3 texts is due"),
    ],
)
def test_what_is_wrong(change, told, tmp_path):
    """A member that is unknown or wrong is refused: its name, what is due, what came."""
    with pytest.raises(FileFormatError) as caught:
        load_task(written(tmp_path, **(GOOD | change)))
    assert told in str(caught.value)
    assert "task.json' cannot be loaded: " in str(caught.value)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({}, 'it has no "sizes", the numbers of inputs and of each layer\'s neurons, such as [2, 2, 2]'),
        ({"sizes": [2, 1], "inputs": [1, 2]}, 'it has "inputs" alone; a sample has "inputs" and "targets"'),
        ({"sizes": [2, 1], "data": []}, "data: at least one pair [inputs, targets] is due, got none"),
        ({"sizes": [2, 1], "data": [[1, 2]]}, "data[0][0]: a list is due, got 1"),
        ({"sizes": [2, 1], "data": [[[1, 2]]]}, "data[0]: a pair [inputs, targets] is due"),
        ({"sizes": [2, 1], "data": [[[1, 2], [3]], [[1, 2, 3], [4]]]}, "data[1][0]: the network has 2 inputs, got 3"),
    ],
)
def test_what_is_missing(members, told, tmp_path):
    """What has to be there is named."""
    with pytest.raises(FileFormatError) as caught:
        load_task(written(tmp_path, **members))
    assert told in str(caught.value)
