"""The picture of a network: layers as columns, a box for every weight, or of many weights lines alone."""

from collections.abc import Collection, Iterable

from autograd_lite.nn import ACTIVATIONS, Network
from autograd_lite.pages.explorer.picture import Box, Picture, Point, Row, Wire
from autograd_lite.pages.explorer.quantities import Kind, Model, Quantity

__all__ = ["BOXES", "network_picture"]

BOXES = 48
"""Of so many weights, each has a box."""
GAP = 8.0
WIDTHS = {"input": 86.0, "weight": 102.0, "bias": 102.0, "hidden": 112.0, "output": 112.0, "loss": 126.0}


def network_picture(
    net: Network, model: Model, inputs: list[Quantity], targets: list[Quantity], fixed: Collection[Quantity]
) -> Picture:
    """Return the picture of a network and its loss on one sample; parameters that are `fixed` are marked so."""
    return _Drawing(net, model, inputs, targets, fixed).picture


class _Drawing:
    def __init__(
        self,
        net: Network,
        model: Model,
        inputs: list[Quantity],
        targets: list[Quantity],
        fixed: Collection[Quantity],
    ) -> None:
        self.net, self.model, self.fixed = net, model, fixed
        self.picture = Picture([], title="The network: each box shows a value, and under it its gradient ∂")
        self.full = len(net.weights) <= BOXES
        self.picture.selectable = not self.full
        self.rows: dict[Quantity, Row] = {}
        self.x = 0.0
        self.columns: list[tuple[float, list[Box], str]] = []
        self.wires: list[tuple[Quantity, Quantity, Quantity | None]] = []
        self.routes: dict[str, list[Quantity]] = {}
        named = {q.name: q for q in model.quantities}
        tails = inputs
        columns: list[list[Box]] = [[Box([Row(q, gradient=False)], "input", WIDTHS["input"]) for q in inputs]]
        heights: list[float] = []
        self._column(columns[0], "inputs")
        for k, layer in enumerate(net.layers, 1):
            last = k == len(net.layers)
            names = [
                list(dict.fromkeys((layer.sum_name(j), layer.activation_name(j)))) for j in range(len(layer.weights))
            ]
            neurons = [
                Box([Row(named[name]) for name in some], "output" if last else "hidden", WIDTHS["hidden"])
                for some in names
            ]
            heights.append(self._layer(k, neurons, tails))
            function = ACTIVATIONS[layer.activation]
            kind = "output" if last else "hidden"
            symbol = "linear" if function is None else f"{function.symbol} neurons"
            self._column(neurons, f"{kind}: {symbol}", room=0.0)
            self._connect(k, neurons, tails)
            tails = [box.rows[-1].quantity for box in neurons]
            columns.append(neurons)
        self._errors(columns[-1], targets)
        self._spread(columns[0], max(heights))
        self._finish()

    def _column(self, boxes: list[Box], heading: str, room: float = 28.0) -> None:
        """Put boxes into the next column."""
        self.x += room if self.picture.boxes else 0.0
        for box in boxes:
            box.x = self.x
            self.rows |= {row.quantity: row for row in box.rows}
        self.picture.boxes += boxes
        width = max(box.width for box in boxes)
        self.columns.append((self.x + width / 2, boxes, heading))
        self.x += width

    def _layer(self, k: int, neurons: list[Box], tails: list[Quantity]) -> float:
        """Place the neurons of a layer, and the boxes of its weights before them; return the height of all."""
        layer, of = self.net.layers[k - 1], self.model.of
        mode = self.net.bias_mode
        weights: list[Box] = []
        y = 0.0
        for j, (row, neuron) in enumerate(zip(layer.weights, neurons, strict=True)):
            group = [self._parameter(of[w], "weight") for w in row] if self.full else []
            if mode == "neuron":
                group.append(self._parameter(of[layer.biases[j]], "bias"))
            height = max(sum(box.height + GAP for box in group), neuron.height + 2 * GAP)
            for i, box in enumerate(group):
                box.y = y + height * (i + 0.5) / len(group)
            neuron.y = y + height / 2
            y += height + GAP
            weights += group
        if mode == "layer":
            weights.append(self._parameter(of[layer.biases[0]], "bias"))
            weights[-1].y = y + weights[-1].height / 2
            y += weights[-1].height + GAP
        for box in (*weights, *neurons):
            box.y -= (y - GAP) / 2
        if not self.full:
            self.x += min(max(60.0, 6.0 * len(tails)), 160.0)
        if weights:
            self._column(weights, "weights" if self.full else "biases", room=34.0)
        self.x += 26.0
        return y

    def _parameter(self, q: Quantity, look: str) -> Box:
        return Box([Row(q, fixed=q in self.fixed)], look, WIDTHS[look])

    def _connect(self, k: int, neurons: list[Box], tails: list[Quantity]) -> None:
        """Draw the lines of a layer, from the tails by way of the weights to the neurons."""
        layer, of = self.net.layers[k - 1], self.model.of
        for j, neuron in enumerate(neurons):
            total = neuron.rows[0].quantity
            for tail, w in zip(tails, layer.weights[j], strict=True):
                weight = of[w]
                if self.full:
                    self._wire(tail, weight, weight)
                    self._wire(weight, total, weight)
                    self._route(total, tail, [tail, weight, total])
                else:
                    self._wire(tail, total, weight)
                    self._route(total, tail, [tail, total])
                self._route(total, weight, [weight, total] if self.full else [tail, total])
            if layer.biases:
                bias = of[layer.biases[j]]
                self._wire(bias, total)
                self._route(total, bias, [bias, total])

    def _errors(self, outputs: list[Box], targets: list[Quantity]) -> None:
        """The column of errors, where each output has its own, and that of the loss."""
        named = {q.name: q for q in self.model.quantities}
        result = self.model.result
        errors = [named.get(f"E{k}") for k in range(1, len(targets) + 1)]
        tails = [box.rows[-1].quantity for box in outputs]
        width = WIDTHS["loss"]
        found = [error for error in errors if error is not None and error.kind is Kind.ERROR and error is not result]
        if len(found) == len(targets):
            boxes = [Box([Row(e), Row(t, gradient=False)], "loss", width) for e, t in zip(found, targets, strict=True)]
            for box, output in zip(boxes, outputs, strict=True):
                box.y = output.y
            self._column(boxes, "errors")
            for error, tail in zip(found, tails, strict=True):
                self._wire(tail, error)
                self._route(error, tail, [tail, error])
            tails, rows = found, []
        else:
            rows = [Row(t, gradient=False) for t in targets]
        total = Box([Row(result, gradient=False), *rows], "loss result", width)
        self._column([total], "loss")
        for tail in tails:
            self._wire(tail, result)
            self._route(result, tail, [tail, result])

    def _spread(self, boxes: list[Box], height: float) -> None:
        """Place boxes evenly about the middle."""
        pitch = max(max(box.height for box in boxes) + GAP, 0.55 * height / len(boxes))
        for k, box in enumerate(boxes):
            box.y = pitch * (k - (len(boxes) - 1) / 2)

    # --- lines, whose ends are known when all boxes have their places ------------------------------------------------

    def _wire(self, tail: Quantity, head: Quantity, weight: Quantity | None = None) -> None:
        self.wires.append((tail, head, weight))

    def _route(self, of: Quantity, wrt: Quantity, stations: list[Quantity]) -> None:
        self.routes[f"∂{of.key}/∂{wrt.key}"] = stations

    def _points(self, stations: Iterable[Quantity]) -> list[Point]:
        """From the right side of the first box through both sides of those between to the left side of the last."""
        ends = [point for q in stations for point in (self.rows[q].left, self.rows[q].right)]
        return ends[1:-1]

    def _finish(self) -> None:
        picture = self.picture
        for box in picture.boxes:
            box.place()
        for tail, head, weight in self.wires:
            if tail in self.rows and head in self.rows:
                picture.wires.append(Wire(self._points([tail, head]), weight=weight))
        for key, stations in self.routes.items():
            if all(q in self.rows for q in stations):
                picture.routes[key] = Wire(self._points(stations)).d
        for middle, boxes, heading in self.columns:
            picture.headings.append(((middle, min(box.y - box.height / 2 for box in boxes) - 8), heading))
