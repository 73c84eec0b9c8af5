"""Labels that try to be code, markup, formulas or paths."""

import io
import re
import unicodedata
from html.parser import HTMLParser

import pytest

from autograd_lite import (
    Value,
    draw,
    step,
)
from autograd_lite import abs as absolute
from autograd_lite.audit import check_claims
from autograd_lite.engine.ops import ANY, Op
from autograd_lite.losses import half_squared_error
from autograd_lite.nn import Network
from autograd_lite.testing import check_gradient
from autograd_lite.text.latex import subscripted

LABELS = {
    "quotes": "a\"b'c`d",
    "backslashes": "\\N\\G\\l a\\\\",
    "line ends": "a\nb\r\nc\u2028d\u2029e\x85f\vg\fh",
    "NUL": "a\x00b",
    "script": "<script>alert(1)</script>",
    "end of CDATA and comment": "<![CDATA[ ]]>-->",
    "event": "</title></svg><g onload='x'>",
    "attribute": '" onmouseover="x" a="',
    "end of a page": "</td></table></code></pre></style><img src=x onerror=y>",
    "entities": "&lt;b&gt; &amp;#60; &#x3c; &",
    "reordering": "\u202egnp.exe\u2066x\u200f",
    "zero width": "w\u200b\u200d\ufeff\u00ad1",
    "tags": "\U000e0041\U000e007f",
    "lone surrogates": "\ud800a\udfff",
    "no characters": "\ufffe\uffff\ue000\U0010ffff",
    "combining": "e" + "\u0301" * 40,
    "emoji": "\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f",
    "wide": "漢字の重み",
    "formula of a spreadsheet": "=cmd|' /C calc'!A0",
    "plus": "+1+cmd|x",
    "minus": "-2+3",
    "at": "@SUM(1)",
    "tab": "\t=1+1",
    "cell of another separator": "a;=1+1;\t-1",
    "row of another": "a\n=1+1\r@x",
    "NUL and formula": "\x00=1+1",
    "invisible and formula": "\ufeff\u200b=1+1",
    "wide formula": "＝1+1",
    "path up": "../../x",
    "path": "/etc/passwd",
    "path of Windows": "C:\\x\\..\\con.svg",
    "template": "{{ 7*7 }} {% raw %} {# x",
    "substitution": "${7*7} $(x) %(x)s %s {0} {x!r}",
    "LaTeX input": r"\input{x}",
    "LaTeX end": r"}\end{aligned}\write18{x}",
    "signs of TeX": "% $ # & ~ ^ _ ^^5c ^^M",
    "dollars": "$\\frac{$ \\(x\\)",
    "colour of a terminal": "\x1b[31mred\x1b[0m",
    "clipboard of a terminal": "\x1b]52;c;aGk=\x07",
    "link of a terminal": "\x1b]8;;http://x\x1b\\l\x1b]8;;\x1b\\",
    "C1 of a terminal": "\x9b31m\x90q\x9c",
    "backspaces": "abc\b\b\b\x7f\rxyz",
    "markup of rich": "[red]x[/red] [link=http://x]y[/] :warning: [/]",
    "port": "a:b:ne -> n1",
    "label of DOT": "<b>x</b><TABLE><TR>",
    "record of DOT": "{a|b}|<p> \\|",
    "end of DOT": '"]; } digraph { x [label="',
    "Mermaid": 'end\n A-->B["x"] %%{init}%%',
    "call of Python": "__import__('os').system('x')",
    "lines of Python": "x = 1\nimport os #",
    "keyword of Python": "lambda",
    "name of Python": "__class__",
    "another identifier": "ﬁ",
    "blank": "   ",
    "other blanks": "\u00a0\u3000",
    "name of our own": "v1",
    "derivative": "∂y/∂x",
    "long": "x" * 5000,
    "shown whole at times": "x y " * 47,
}


by_label = pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)


def harmless(label):
    """A label of the same kind that says nothing: a word, or two."""
    return label.replace("v", "q") if subscripted(label) else "q q"


def calculation(label):
    """A leaf of that label, the result, and between them two quantities with labels that begin with it."""
    x, w = Value(0.5, label), Value(-1.5, f"{label}w")
    h = x * w + x
    h.label = f"{label}h"
    y = (h * h).tanh() + x * h
    y.label = f"{label}y"
    y.backward()
    return x, y


def shows(text, lines=None):
    """Whether everything in the text can be seen, in as many lines as there should be."""
    odd = {
        c for c in text if (unicodedata.category(c)[0] == "C" and c != "\n") or unicodedata.category(c) in {"Zl", "Zp"}
    }
    return not odd and (lines is None or text.count("\n") == lines.count("\n"))


class Skeleton(HTMLParser):
    """A page without its text: the tags, and the names of their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Take an opening tag."""
        self.handle_startendtag(tag, attrs)
        if tag not in {"meta", "br", "hr"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Take a tag that closes itself."""
        assert not any(name.startswith("on") or name in {"srcdoc", "action"} for name, _ in attrs)
        assert all(value.startswith("data:image/svg+xml;base64,") for name, value in attrs if name == "src")
        assert all(re.match(r"#[\w-]*$|[\w.%~-]+$", value) for name, value in attrs if name.endswith("href"))
        self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag):
        """Take a closing tag."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Take text."""
        self.text += data

    def handle_comment(self, data):
        """Comments are not ours."""
        raise AssertionError(data)

    unknown_decl = handle_pi = handle_comment


def same_skeleton(text, other):
    """Whether a page has the elements and attributes of another, and only text that can be seen."""
    read = Skeleton(text)
    return read.tags == Skeleton(other).tags and shows(read.text.replace("\t", " "))


def network(label):
    """A network of which inputs, weights and loss have such labels."""
    net = Network([2, 2, 1], seed=1)
    net.weights[0].label, net.biases[0].label = f"{label}w", f"{label}b"
    loss = half_squared_error(net([Value(0.5, label), 0.1]), [0.5])
    loss.label = f"{label}E"
    loss.backward()
    return draw.network(net, loss, before={f"{label}w": 0.25})


def _kink(label):
    h = Value(0.0, label) * 1.0
    h.label = f"{label}h"
    y = absolute(h)
    y.label = f"{label}y"
    return check_gradient(y, raises=False)


def _jump(label):
    y = step(Value(0.0, label) * 1.0)
    y.label = f"{label}y"
    return check_gradient(y, raises=False)


def _wrong_operation(label):
    h = Value(2.0, label) * 1.0
    h.label = f"{label}h"
    y = WRONG(h, h)
    y.label = f"{label}y"
    return check_gradient(y, raises=False, second_order=True)


WRONG = Op("wrong", lambda a, b: a * b, lambda y, a, b: (b, 2.0 * a), domain=(ANY, ANY))


def _claims(label):
    """A table with a path left out, an activation, the gradient of another row, and what cannot be read."""
    x, w = Value(0.7, label), Value(-1.3, f"{label}w")
    h = x * w
    h.label = f"{label}h"
    a = h.tanh()
    a.label = f"{label}a"
    y = a * x
    y.label = f"{label}y"
    claims = {
        label: f"{a.data:.6g}",
        f"{label}w": f"{x.data * x.data:.6g}",
        f"{label}h": f"{x.data * (1.0 - a.data):.6g}",
        f"{label}a": f"{a.data + 1e-5:.6g}",
        f"{label}y": f"{label}+",
        f"{label}z": "1.0",
    }
    return check_claims(y, claims, wrt=[x, w, h, a, y])


CHECKED = {"kink": _kink, "jump": _jump, "wrong operation": _wrong_operation, "claims": _claims}


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """Say so."""
        return True
