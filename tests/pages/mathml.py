"""Formulas in MathML, evaluated as a person reads them: what tests hold against the numbers beside them."""

import math
from typing import ClassVar
from xml.etree import ElementTree as ET


class MathReader:
    """Evaluates formulas in MathML: a person's reading of brackets, products before sums, and functions."""

    FUNCTIONS: ClassVar = {
        "σ": lambda x: 1.0 / (1.0 + math.exp(-x)), "tanh": math.tanh, "sin": math.sin, "cos": math.cos, "ln": math.log,
        "relu": lambda x: max(x, 0.0), "softplus": lambda x: math.log1p(math.exp(x)), "max": max, "min": min,
        "bell": lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2, "cosh": math.cosh, "step": lambda x: float(x > 0.0),
        "sech2": lambda x: 1.0 / math.cosh(x) ** 2, "sech": lambda x: 1.0 / math.cosh(x),
    }  # fmt: skip

    def __init__(self, numbers):
        self.numbers = numbers

    def right_side(self, math_element):
        """Return what stands right of the last sign of equality."""
        return self.sides(math_element)[-1]

    def sides(self, math_element):
        """Return the values of all that signs of equality part; None for the first, which is a name."""
        (row,) = math_element
        sides = [[]]
        for token in self._tokens(row):
            if token == "=":
                sides.append([])
            else:
                sides[-1].append(token)
        return [self._value(side) if k else None for k, side in enumerate(sides)]

    def _value(self, tokens):
        self.left, self.at = tokens, 0
        value = self._sum()
        assert self.at == len(self.left), self.left[self.at :]
        return value

    def _tokens(self, row):  # noqa: C901  (a line for each element)
        """Numbers, signs and names in order; what is marked or built of parts is a number already."""
        found = []
        for one in row:
            key = one.get("data-q") or one.get("data-s")
            if key:
                found.append(self.numbers[key])
            elif one.tag == "mrow":
                found += self._tokens(one)
            elif one.tag == "mn":
                found.append(float(one.text))
            elif one.tag in {"mo", "mi", "mtext"}:
                found.append(one.text)
            elif one.tag == "mfrac" and [x.text for x in one[0][:1]] == ["∂"]:
                found.append("∂/∂")
            elif one.tag == "mfrac":
                above, below = map(self._part, one)
                found.append(above / below)
            elif one.tag == "msqrt":
                found.append(math.sqrt(self._part(one)))
            elif one.tag == "msup" and one[0].tag == "mi" and one[0].text == "e":
                found.append(math.exp(self._part(one[1])))
            elif one.tag == "msup" and one[0].tag == "mi":
                found.append(("power", one[0].text, self._part(one[1])))
            elif one.tag == "msup":
                found.append(self._part(one[0]) ** self._part(one[1]))
            else:
                raise AssertionError(ET.tostring(one, "unicode"))
        return found

    def _part(self, element):
        inner = MathReader(self.numbers)
        wrapped = ET.Element("mrow")
        wrapped.extend([element] if element.tag in {"mn", "msup", "mfrac", "mi"} else list(element))
        if element.get("data-s") or element.get("data-q"):
            return self.numbers[element.get("data-s") or element.get("data-q")]
        inner.left, inner.at = inner._tokens(wrapped), 0
        value = inner._sum()
        assert inner.at == len(inner.left), inner.left
        return value

    def _peek(self):
        return self.left[self.at] if self.at < len(self.left) else None

    def _take(self, *expected):
        token = self._peek()
        assert not expected or token in expected, (token, expected, self.left)
        self.at += 1
        return token

    def _sum(self):
        value = self._product()
        while self._peek() in ("+", "−"):
            value = value + self._product() if self._take() == "+" else value - self._product()
        return value

    def _product(self):
        value = self._factor()
        while self._peek() == "⋅":
            self._take()
            value *= self._factor()
        return value

    def _factor(self):
        token = self._take()
        if token == "−":
            return -self._factor()
        if isinstance(token, float):
            return token
        if token == "(":
            value = self._sum()
            self._take(")")
            return value
        if token == "[":  # 1 if it is so, else 0
            left = self._sum()
            sign = self._take(">", "<", "≥", "≤")
            right = self._sum()
            self._take("]")
            return float({">": left > right, "<": left < right, "≥": left >= right, "≤": left <= right}[sign])
        if token == "|":
            value = abs(self._sum())
            self._take("|")
            return value
        assert token in self.FUNCTIONS, (token, self.left)
        self._take("(")
        arguments = [self._sum()]
        while self._peek() == ",":
            self._take()
            arguments.append(self._sum())
        self._take(")")
        return self.FUNCTIONS[token](*arguments)
