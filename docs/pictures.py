"""Draw the pictures of README.md; run as `python docs/pictures.py`."""

from pathlib import Path

from autograd_lite import draw
from autograd_lite.examples import era_s6

HERE = Path(__file__).parent


def main() -> None:
    """Write network.svg and gradient-w1.svg beside this file."""
    example = era_s6()
    net = example.network()
    loss = example.loss(net)
    loss.backward()
    # The wheel's engine, which is the same version everywhere.
    draw.network(net, loss).save(HERE / "network.svg", engine="pure")
    draw.gradient(loss, net["w1"]).save(HERE / "gradient-w1.svg", engine="pure")


if __name__ == "__main__":
    main()
