"""Pictures of a page as SVG: boxes with marked numbers, and the lines between them with their places as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograd_lite.draw.style import short
from autograd_lite.pages.explorer.formulas import marked
from autograd_lite.pages.explorer.quantities import Quantity, gradient
from autograd_lite.pages.markup import Html, element

__all__ = ["LINE", "Box", "Picture", "Point", "Row", "Wire", "drawn"]

LINE = 16
"""Height of a line of text."""
PADDING = 5
Point = tuple[float, float]


@dataclass(eq=False)
class Row:
    """One quantity in a box: its name and value in a line, its gradient in another if that is shown, and "fixed"."""

    quantity: Quantity
    gradient: bool = True
    label: str = ""
    """What stands in place of the name."""
    fixed: bool = False
    """Whether it is a parameter that is not trained."""
    left: Point = (0.0, 0.0)
    right: Point = (0.0, 0.0)
    """Where lines end; set when the box is drawn."""

    @property
    def height(self) -> float:
        """Its height."""
        return LINE * (1 + self.gradient + self.fixed) + 2 * PADDING


@dataclass(eq=False)
class Box:
    """Rows above each other, at a place."""

    rows: list[Row]
    look: str
    """The class in the style sheet: "input", "weight", "bias", "hidden", "output", "loss"."""
    width: float
    x: float = 0.0
    """The left edge."""
    y: float = 0.0
    """The middle."""

    @property
    def height(self) -> float:
        """The height of all rows."""
        return sum(row.height for row in self.rows)

    def place(self) -> None:
        """Set where lines end."""
        top = self.y - self.height / 2
        for row in self.rows:
            row.left, row.right = (self.x, top + row.height / 2), (self.x + self.width, top + row.height / 2)
            top += row.height

    def svg(self, numbers: Mapping[str, float]) -> Html:
        """Return the box with its rows."""
        top = self.y - self.height / 2
        frame = element(
            "rect", x=_n(self.x), y=_n(top), width=_n(self.width), height=_n(self.height), rx="5", class_="frame"
        )
        rows = []
        for k, row in enumerate(self.rows):
            if k:
                ends = {"x1": _n(self.x), "x2": _n(self.x + self.width), "y1": _n(top), "y2": _n(top)}
                rows.append(element("line", class_="rule", **ends))
            rows.append(self._row(row, top, numbers))
            top += row.height
        return element("g", frame, *rows, class_=f"box {self.look}")

    def _row(self, row: Row, top: float, numbers: Mapping[str, float]) -> Html:
        key, left, right = row.quantity.key, _n(self.x + 7), _n(self.x + self.width - 7)
        base = top + PADDING + LINE * 0.75
        name = short(row.label or row.quantity.name, max(6, int(self.width / 8) - 5))
        parts = [
            element("title", row.quantity.name, data_t=key),
            element(
                "rect",
                x=_n(self.x + 1),
                y=_n(top + 1),
                width=_n(self.width - 2),
                height=_n(row.height - 2),
                rx="4",
                class_="lit",
            ),
            element("text", name, x=left, y=_n(base), class_="name"),
            marked("text", key, "value", numbers[key], x=right, y=_n(base), class_="number"),
        ]
        if row.gradient:
            slope = gradient(key)
            parts.append(element("text", "∂", x=left, y=_n(base + LINE), class_="partial"))
            parts.append(
                marked("text", slope, "signed", numbers[slope], x=right, y=_n(base + LINE), class_="number slope")
            )
        if row.fixed:
            parts.append(element("text", "fixed", x=left, y=_n(base + LINE * (1 + row.gradient)), class_="fixed"))
        return element("g", *parts, class_="row", data_s=key, tabindex="0", role="button")


@dataclass(eq=False)
class Wire:
    """A line through some points, or along a path of SVG; that of a weight is as thick as the weight is large."""

    points: Sequence[Point] = ()
    path: str = ""
    weight: Quantity | None = None

    @property
    def d(self) -> str:
        """The line as SVG writes it."""
        return self.path or "M" + " L".join(f"{_n(x)} {_n(y)}" for x, y in self.points)

    def svg(self, *, selectable: bool) -> Html:
        """Return the line; a selectable one has a wide one under it that is easily hit."""
        weight = self.weight.key if self.weight else ""
        line = element("path", d=self.d, class_="wire", data_w=weight)
        if not (selectable and self.weight):
            return line
        hit = element("path", element("title", self.weight.name, data_t=weight), d=self.d, class_="hit")
        return element("g", line, hit, class_="thread", data_s=weight, tabindex="0", role="button")


@dataclass(eq=False)
class Picture:
    """Boxes, lines, headings, and by the key of a local derivative the line that stands for it."""

    boxes: list[Box]
    wires: list[Wire] = field(default_factory=list)
    headings: list[tuple[Point, str]] = field(default_factory=list)
    routes: dict[str, str] = field(default_factory=dict)
    selectable: bool = False
    """Whether a weight is to be found at its line."""
    title: str = ""


def drawn(picture: Picture, numbers: Mapping[str, float]) -> Html:
    """Return a picture as an SVG element."""
    left = min(box.x for box in picture.boxes) - 8
    right = max(box.x + box.width for box in picture.boxes) + 8
    top = min([box.y - box.height / 2 for box in picture.boxes] + [y - 14 for (_, y), _ in picture.headings]) - 8
    bottom = max(box.y + box.height / 2 for box in picture.boxes) + 8
    words = [element("text", text, x=_n(x), y=_n(y), class_="heading") for (x, y), text in picture.headings]
    return element(
        "svg",
        element("title", picture.title),
        element("g", *(wire.svg(selectable=picture.selectable) for wire in picture.wires), class_="wires"),
        element("g", id="overlay", aria_hidden="true"),
        *words,
        *(box.svg(numbers) for box in picture.boxes),
        id="picture",
        viewBox=f"{_n(left)} {_n(top)} {_n(right - left)} {_n(bottom - top)}",
        width=_n(right - left),
        height=_n(bottom - top),
        role="group",
        aria_label=picture.title,
    )


def _n(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")
