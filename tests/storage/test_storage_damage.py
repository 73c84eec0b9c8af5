"""Loading what is no saved file, or was damaged: an error that names the file, the place and the reason."""

import copy
import json
import math
import os
import pickle
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from saved import LABELS, bits, described, graph_file, network_file, picture

from autograd_lite import Value, exp, storage
from autograd_lite.storage import FileFormatError, load_graph, load_network, reading, save_graph, save_network

ROOT = Path(storage.__file__).parents[2]
posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices of POSIX")

FILES = {"graph": (graph_file, load_graph, picture), "network": (network_file, load_network, described)}
KINDS = pytest.mark.parametrize("kind", FILES)


def refused(path, load=load_graph, says=None, **options):
    """Loading is an error that names the file, safely, and says this; return the message."""
    with pytest.raises(FileFormatError, match=says) as caught:
        load(path, **options)
    message = str(caught.value)
    assert message.startswith(f"{str(path)!r} cannot be loaded: ")
    assert message.isprintable()
    assert len(message) < 500
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return message


def put(path, content):
    """Write the file: bytes, text, or what is then JSON."""
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode("utf-8", "surrogatepass")
    path.write_bytes(content)
    return path


def places(found, here=()):
    """Every place in the JSON: a tuple of keys and numbers."""
    yield here
    if isinstance(found, (dict, list)):
        for key, inner in found.items() if isinstance(found, dict) else enumerate(found):
            yield from places(inner, (*here, key))


def changed(content, place, new):
    """A copy with something else at that place."""
    if not place:
        return new
    content = copy.deepcopy(content)
    inner = content
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = new
    return content


def at(part, place):
    """What is at that place."""
    for key in place:
        part = part[key]
    return part


# --- files that are not whole, or something else ------------------------------------------------------------------


@KINDS
def test_cut_short_at_every_byte(tmp_path, kind):
    """A file that lacks its end is refused, and said to be cut short; but for the last line's end."""
    make, load, _ = FILES[kind]
    path, _ = make(tmp_path)
    whole = path.read_bytes()
    for length in range(1, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused(path, load, "it ends in the middle, as if it were cut short: line ")
    path.write_bytes(b"")
    refused(path, load, "it is empty$")
    path.write_bytes(whole[:-1])
    load(path)


@KINDS
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b" \n\t\r\n", "it is empty"),
        (b"\xef\xbb\xbf", "it is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not text in UTF-8: byte 0 is 0x89"),
        (pickle.dumps(Value(1.0)), "not text in UTF-8: byte 0 is 0x80"),
        (pickle.dumps([1.5], 0), "begins with '\\(lp"),
        (b"PK\x03\x04\x14\x00", r"begins with 'PK\\x03\\x04\\x14\\x00'"),
        (b"\x00" * 1000, r"begins with '\\x00"),
        (b"w1,w2\n0.15,0.2\n", r"begins with 'w1,w2\\n0\.15,0\.2\\n'"),
        (b"<!DOCTYPE html><html>", "begins with '<!DOCTYPE html>"),
        ("\x1b[31m\u202eabc", r"begins with '\\x1b\[31m\\u202eabc'"),
        ("{}".encode("utf-16"), "not text in UTF-8: byte 0 is 0xff"),
        (b'{"a": "\xed\xa0\x80"}', "not text in UTF-8: byte 7 is 0xed"),
        (b"null", "begins with 'null'"),
        (b"[1, 2]", r"begins with '\[1, 2\]'"),
        (b"NaN", "begins with 'NaN'"),
        (b"{'a': 1}", "not JSON: line 1, column 2"),
        (b'{"a": 1,\n}', "not JSON: line (2, column 1|1, column 8)"),  # the comma's place from Python 3.13 on
        (b'{"a": 1} {"a": 1}', "not JSON: line 1, column 10: Extra data"),
        (b'{"a": "\n"}', "not JSON: line 1, column 8: Invalid control character"),
        (b'{"a": Infinity}', "has the word Infinity, which is not JSON"),
        (b'{"a": -Infinity}', "has the word -Infinity"),
        (b'{"a": [NaN]}', "has the word NaN"),
        (b"{}", "it has no format"),
        (b'{"cells": [], "nbformat": 4}', "it has no format"),
        (b'{"format": null}', "its format is null"),
        (b'{"format": ["autograd_lite graph"]}', r"its format is \['autograd_lite graph'\]"),
        (b'{"format": "Autograd_lite graph"}', "its format is 'Autograd_lite graph'"),
        (b'{"format": "autograd_lite tables", "version": 1}', "its format is 'autograd_lite tables'"),
        (b'{"format": 1, "format": 2}', "the member 'format' twice"),
    ],
    ids=repr,
)
def test_foreign_files(tmp_path, kind, content, says):
    """What is no JSON, or some other JSON, is refused with what it is; nothing of it reaches a terminal as it is."""
    refused(put(tmp_path / "x.json", content), FILES[kind][1], says)


def test_the_other_format_is_named(tmp_path):
    """A network in place of a graph, and the other way round: the message says what loads it."""
    refused(
        network_file(tmp_path)[0], load_graph, r"its format is 'autograd_lite network'; load it with load_network\(\)$"
    )
    refused(graph_file(tmp_path)[0], load_network, r"its format is 'autograd_lite graph'; load it with load_graph\(\)$")


@KINDS
@pytest.mark.parametrize(
    ("version", "says"),
    [
        (2, "it is of version 2, and this autograd_lite reads up to 1; update it"),
        (10**4000, r"it is of version 1000\d+\.\.\.\d+0, and"),
        *((x, "a version is a whole number from 1") for x in (0, -1, 1.0, "1", True, None, [1])),
    ],
    ids=lambda x: repr(x)[:30],
)
def test_versions(tmp_path, kind, version, says):
    """A newer version is refused whatever else is in the file, and so is what is no version."""
    make, load, _ = FILES[kind]
    path, content = make(tmp_path)
    refused(put(path, content | {"version": version, "new": 1}), load, says)
    del content["version"]
    refused(put(path, content), load, "it has no version")


# --- what asks for too much ---------------------------------------------------------------------------------------


def peak(function):
    """The most memory, in bytes, that Python's objects took during a call."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ([10**9, 10**9], r"sizes\[0\]: 1000000000 is more than the weights in the file, 6"),
        ([2, 2, 10**4000], r"sizes\[2\]: 1000\d+\.\.\.\d+ is more than the weights in the file, 6"),
        ([6, 6, 6], r"weights: sizes \[6, 6, 6\] ask for 72, there are 6"),
        ([1] * 300, r"activations: sizes \[1, 1, 1, 1, 1, 1, \.\.\.\] ask for 299, there are 2"),
    ],
    ids=["both", "long", "product", "layers"],
)
def test_sizes_cost_no_memory(tmp_path, sizes, says):
    """A network's sizes are held against the weights in the file before anything of that size is made."""
    path, content = network_file(tmp_path)
    put(path, content | {"sizes": sizes})
    assert peak(lambda: refused(path, load_network, says)) < 1_000_000


@pytest.mark.parametrize("member", ["nodes", "roots", "count"])
def test_counts_cost_no_memory(tmp_path, member):
    """A number in place of the nodes is no number of nodes; as a root it is one that is not there."""
    path, content = graph_file(tmp_path)
    put(path, content | {member: 10**9})
    assert peak(lambda: refused(path, load_graph, member)) < 1_000_000


@KINDS
def test_files_that_are_too_large(tmp_path, kind):
    """Larger than max_bytes is refused with the remedy, unread; as large is fine."""
    make, load, _ = FILES[kind]
    path, _ = make(tmp_path)
    size = path.stat().st_size
    load(path, max_bytes=size)
    refused(path, load, rf"it has {size:,} bytes, more than max_bytes={size - 1:,}; pass a larger", max_bytes=size - 1)
    for wrong in ("many", 1e9, None, True):
        with pytest.raises(TypeError, match=f"max_bytes is a whole number, 1 or more, got {wrong!r}$"):
            load(path, max_bytes=wrong)
    for wrong in (0, -5):
        with pytest.raises(ValueError, match=f"max_bytes is a whole number, 1 or more, got {wrong}$"):
            load(path, max_bytes=wrong)
    refused(path, load, "more than max_bytes=1;", max_bytes=1)
    with path.open("r+b") as file:
        file.truncate(2**36)  # 64 GB that take no room on the disk
    assert peak(lambda: refused(path, load, "it has 68,719,476,736 bytes, more than max_bytes=268,435,456")) < 1_000_000


@pytest.mark.parametrize(
    "content",
    [
        '{"a": ' + "[" * 100_000,
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"a": ' * 100_000 + "1" + "}" * 100_000,
        '{"a": [' * 1000 + "]}" * 1000,
        '{"a": ' + "[[], {}, " * 1000 + "1" + "]" * 1000 + "}",
        '{"a\\\\": ' + '["\\"]", ' * 1000 + "1" + "]" * 1000 + "}",
    ],
    ids=["open", "lists", "objects", "both", "among others", "among text"],
)
def test_deep_nesting(tmp_path, content):
    """Brackets within brackets are refused before the recursive reader of JSON meets them."""
    refused(
        put(tmp_path / "x.json", content), load_graph, "more than 100 brackets within brackets, or some that do not"
    )


def test_deep_nesting_where_recursion_is_allowed(tmp_path):
    """A user who has raised Python's limit gets the same error, not a stack overflow that ends the process."""
    script = (
        "import sys; sys.setrecursionlimit(10**9)\n"
        "from autograd_lite.storage import load_graph\n"
        "try: load_graph(sys.argv[1])\n"
        "except ValueError as error: print(error)"
    )
    put(tmp_path / "x.json", '{"a": ' + "[" * 1_000_000)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "x.json")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "brackets within brackets" in done.stdout


@pytest.mark.parametrize("label", [*LABELS, "[" * 100_000, '"' * 999, "\\" * 999, '\\"[' * 999, "{" * 500 + '\\"'])
def test_brackets_in_labels_are_no_nesting(tmp_path, label):
    """Text may hold any number of them, whatever quotes and backslashes stand between."""
    x = Value(1.0, label)
    loaded = load_graph(save_graph([x + 1.0, Value(2.0, label)], tmp_path / "x.json"))
    assert [loaded[1].label, loaded[0].parents[0].label] == [label] * 2


@pytest.mark.parametrize("digits", [4301, 1_000_000])
@pytest.mark.parametrize("place", [("nodes", 0, "data"), ("roots", 0), ("nodes", 1, "args", 0), ("version",)], ids=str)
def test_numbers_of_many_digits(tmp_path, digits, place):
    """A whole number of thousands of digits is refused in no time."""
    path, content = graph_file(tmp_path)
    text = json.dumps(changed(content, place, "HERE"))
    refused(put(path, text.replace('"HERE"', "9" * digits)), load_graph, "whole number of thousands of digits|version")
    put(path, text.replace('"HERE"', "0." + "9" * digits))
    refused(path)


@posix
def test_what_is_no_file(tmp_path):
    """A pipe is not waited for, a device not read, a folder is the error of the operating system, as a missing file."""
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", says="a pipe or a device, not a file")
    refused("/dev/zero", says="a pipe or a device, not a file")
    for path, error in ((tmp_path, IsADirectoryError), (tmp_path / "none", FileNotFoundError)):
        with pytest.raises(error) as caught:
            load_graph(path)
        assert caught.value.filename in {path, str(path)}


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m", "it's", "\u202egnp.json", "<b>", "{x}", "%s"])
def test_odd_file_names_are_quoted(tmp_path, name):
    """A name can do nothing to a terminal."""
    try:
        put(tmp_path / name, b"")
    except OSError:
        pytest.skip("this system takes no such name")
    refused(tmp_path / name, says="it is empty")


# --- what is wrong in one place -----------------------------------------------------------------------------------

WRONG = [
    None,
    True,
    False,
    "x",
    "NaN",
    "-nan",
    "nan 0",
    "1",
    [],
    [[]],
    {},
    {"a": 1},
    0.5,
    -1,
    10**400,
    1e300,
    "\x1b\u202e",
]


def where(kind, place):
    """How messages name a place in the JSON."""
    if kind == "graph" and place[0] == "nodes" and len(place) > 1:
        rest = list(place[2:])
        inner = {0: "", 1: f": {rest[0]}" if rest else ""}.get(len(rest), f": args[{rest[1]}]" if len(rest) > 1 else "")
        return f"node {place[1]}{inner}"
    return "node" if place == ("nodes",) else place[0] + "".join(f"[{k}]" for k in place[1:])


@KINDS
@pytest.mark.parametrize("checksum", [True, False])
def test_every_wrong_value_in_every_place(tmp_path, kind, checksum):
    """Something else anywhere in the file is refused. Without a checksum it may also be another valid file."""
    make, load, described_as = FILES[kind]
    path, content = make(tmp_path)
    if not checksum:
        del content["crc32"]
    valid = set()
    for place in places(content):
        for new in WRONG:
            now = at(content, place)
            if type(now) is type(new) and now == new:
                continue
            put(path, changed(content, place, new))
            try:
                described_as(load(path))
            except FileFormatError:
                message = refused(path, load)
                named = not place or place[0] in {"format", "version", "crc32"} or where(kind, place) in message
                # A number that is changed is noticed where it is used, or by the checksum.
                elsewhere = "checksum" in message or (place[:1] == ("nodes",) and " data is " in message)
                assert named or elsewhere, (place, new, message)
            else:
                valid.add(str(place))
    labels = {str(place) for place in places(content) if place[-1:] == ("label",)} if kind == "graph" else set()
    grads = {str(place) for place in places(content) if place[-1:] == ("grad",)}
    numbers = {
        str(place) for place in places(content) if place[:1] in {("weights",), ("bias_values",)} and len(place) == 2
    }
    texts = {str(place) for place in places(content) if place[:1] == ("labels",) and len(place) == 2}
    assert valid <= (set() if checksum else labels | grads | numbers | texts | VALID.get(kind, set()))
    assert checksum or valid


VALID = {"graph": {"('nodes', 0, 'data')", "('nodes', 4, 'data')"}}
"""Leaves that may have another number without any result to contradict it."""


@KINDS
def test_every_member_is_needed_or_optional(tmp_path, kind):
    """Without a member the file is refused, but for the checksum; so it is with one that is unknown, in any object."""
    make, load, described_as = FILES[kind]
    path, content = make(tmp_path)
    before = described_as(load(path))
    for place in list(places(content)):
        if isinstance(at(content, place), dict):
            refused(put(path, changed(content, place, at(content, place) | {"Odd": 1})), load, "Odd")
            for key in at(content, place):
                less = changed(content, place, {k: v for k, v in at(content, place).items() if k != key})
                put(path, less)
                if key == "crc32":
                    assert described_as(load(path)) == before
                else:
                    refused(path, load, "checksum" if key in {"label", "grad", "labels"} else None)


@pytest.mark.parametrize(
    ("place", "new", "says"),
    [
        (("roots",), [], r"roots: at least one is due, got \[\]"),
        (("roots",), None, "roots: a whole number or a list is due, got null"),
        (("roots",), True, "roots: a whole number or a list is due, got true"),
        (("roots",), 99, r"roots: the number of a node is due, from 0 to 7; got 99"),
        (("roots", 1), -1, r"roots\[1\]: the number of a node is due, from 0 to 7; got -1"),
        (("roots", 1), 1.0, r"roots\[1\]: .* got 1\.0"),
        (("roots", 1), False, r"roots\[1\]: .* got false"),
        (("nodes",), [], r"nodes: at least one is due, got \[\]"),
        (("nodes",), {}, "nodes: a list is due, got {}"),
        (("nodes", 0), [], r"node 0: an object is due, got \[\]"),
        (("nodes", 0), {}, "node 0: it has no 'data'"),
        (("nodes", 0, "data"), True, "node 0: data: a finite number is due, got true"),
        (("nodes", 0, "data"), "infinity", "node 0: data: a number is due, or 'inf', '-inf' or 'nan'; got 'infinity'"),
        (("nodes", 0, "data"), 10**400, "node 0: data: this number is beyond the largest float"),
        (("nodes", 0, "data"), "nan 3ff0000000000000", "node 0: data: a number is due, .* got 'nan 3ff"),
        (("nodes", 0, "label"), 5, "node 0: label: text is due, got 5"),
        (("nodes", 0, "grad"), [], r"node 0: grad: a finite number is due, got \[\]"),
        (("nodes", 0, "op"), "mul", "node 0: it has 'op' alone"),
        (("nodes", 0, "args"), [], "node 0: it has 'args' alone"),
        (("nodes", 1, "args"), [0, 1], r"node 1: args\[1\]: an operand is one of the nodes before this one, .* got 1"),
        (("nodes", 1, "args"), [7, 0], r"node 1: args\[0\]: an operand is one of the nodes before this one, .* got 7"),
        (("nodes", 0), {"op": "exp", "args": [0], "data": 1}, r"node 0: args\[0\]: .* before this one, none; got 0"),
        (("nodes", 1, "args"), [0, -1], r"node 1: args\[1\]: .* got -1"),
        (
            ("nodes", 1, "args"),
            [0, True],
            r'node 1: args\[1\]: the number of a node or {"constant": ...} is due, got true',
        ),
        (("nodes", 1, "args"), [0, 0.0], r"node 1: args\[1\]: the number of a node .* got 0\.0"),
        (("nodes", 1, "args"), [0, {}], r"node 1: args\[1\]: the number of a node .* got {}"),
        (("nodes", 1, "args"), [0, {"constant": None}], r"node 1: args\[1\]: a finite number is due, got null"),
        (("nodes", 1, "args"), [0], "node 1: args: mul takes 2, got 1"),
        (("nodes", 1, "args"), [0, 0, 0], "node 1: args: mul takes 2, got 3"),
        (("nodes", 1, "args"), [{"constant": 0.5}] * 2, "node 1: args: at least one .* got constants only"),
        (("nodes", 1, "args"), 0, "node 1: args: a list is due, got 0"),
        (("nodes", 1, "op"), "eval", "node 1: op: there is no operation 'eval' in this version"),
        (("nodes", 1, "op"), "__import__('os').system('x')", 'node 1: op: there is no operation "__import__'),
        (("nodes", 1, "op"), ["mul"], r"node 1: op: text is due, got \['mul'\]"),
        (("nodes", 1, "op"), "exp", "node 1: args: exp takes 1, got 2"),
        (("nodes", 1, "op"), "add", r"node 1: data is 0\.25, but add of 0\.5 and 0\.5 is 1\.0"),
        (("nodes", 1, "data"), 0.26, r"node 1: data is 0\.26, but mul of 0\.5 and 0\.5 is 0\.25"),
        (("nodes", 1, "data"), "nan", r"node 1: data is nan, but mul"),
        (("nodes", 1, "data"), "inf", r"node 1: data is inf, but mul"),
        (
            ("crc32",),
            5,
            "its checksum is '[0-9a-f]{8}', and the file says 5: it was damaged, or edited; if that was on",
        ),
    ],
    ids=str,
)
def test_places_in_graphs(tmp_path, place, new, says):
    """The message says where, what is due and what came."""
    path, content = graph_file(tmp_path)
    refused(put(path, changed(content, place, new)), load_graph, says)


@pytest.mark.parametrize(
    ("place", "new", "says"),
    [
        (("sizes",), "2, 2, 1", "sizes: a list is due, got '2, 2, 1'"),
        (("sizes",), [], r"sizes: the numbers of inputs and of each layer's neurons are due, got \[\]"),
        (("sizes",), [6], r"sizes: the numbers of inputs .* got \[6\]"),
        (("sizes",), [2, 1, 2], r"weights: sizes \[2, 1, 2\] ask for 4, there are 6"),
        (("sizes", 0), 2.0, r"sizes\[0\]: a whole number from 1 is due, got 2\.0"),
        (("sizes", 1), True, r"sizes\[1\]: a whole number from 1 is due, got true"),
        (("sizes", 2), 0, r"sizes\[2\]: a whole number from 1 is due, got 0"),
        (("activations",), ["relu"], r"activations: sizes \[2, 2, 1\] ask for 2, there are 1"),
        (("activations", 0), "eval", r"activations\[0\]: one of linear, sigmoid, .* is due, got 'eval'"),
        (("activations", 1), ["relu"], r"activations\[1\]: one of .* got \['relu'\]"),
        (("biases",), "neuron", r"bias_values: sizes \[2, 2, 1\] with biases 'neuron' ask for 3, there are 2"),
        (("biases",), "some", "biases: 'none', 'layer' or 'neuron' is due, got 'some'"),
        (("biases",), ["layer"], r"biases: text is due, got \['layer'\]"),
        (("weights", 3), "0.5", r"weights\[3\]: a finite number is due, got '0\.5'"),
        (("weights", 3), "nan", r"weights\[3\]: a finite number is due, got 'nan'"),
        (("weights", 3), True, r"weights\[3\]: a finite number is due, got true"),
        (("weights", 3), -(10**400), r"weights\[3\]: this number is beyond the largest float"),
        (("bias_values", 1), None, r"bias_values\[1\]: a finite number is due, got null"),
        (("labels",), ["w1"], r"labels: a list of 8 texts is due, got \['w1'\]"),
        (("labels",), ["w"] * 9, r"labels: a list of 8 texts is due, got \['w', "),
        (("labels",), "w1234567", "labels: a list of 8 texts is due, got 'w1234567'"),
        (("labels", 1), None, r"labels\[1\]: text is due, got null"),
        (("weights", 3), 0.125, r"its checksum is '\w{8}', and the file says '\w{8}': it was damaged, or edited"),
        (("bias_values", 1), 0.0, "its checksum is"),
        (("labels", 1), "other", "its checksum is"),
    ],
    ids=str,
)
def test_places_in_networks(tmp_path, place, new, says):
    """The message says where, what is due and what came."""
    path, content = network_file(tmp_path)
    refused(put(path, changed(content, place, new)), load_network, says)


@KINDS
def test_the_same_member_twice(tmp_path, kind):
    """Readers of JSON differ in which of two they take, so it is refused, in the file and in a node."""
    make, load, _ = FILES[kind]
    path, _ = make(tmp_path)
    text = path.read_text(encoding="ascii")
    refused(put(path, text.replace('"version"', '"version": 1, "version"')), load, "the member 'version' twice")
    if kind == "graph":
        refused(put(path, text.replace('"data"', '"data": 1, "data"', 1)), load, "the member 'data' twice")


def test_the_same_member_twice_among_many():
    """It is found at once: each name is compared with few others, however many there are."""
    compared = 0

    class Name(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other):
            nonlocal compared
            compared += 1
            return str.__eq__(self, other)

    pairs = [(Name(f"n{k}"), 0) for k in (*range(2000), 1999)]
    with pytest.raises(reading.WrongError, match="the member 'n1999' twice"):
        reading._object(pairs)
    assert compared < 10_000


# --- numbers that do not follow -----------------------------------------------------------------------------------


def moved(x, steps):
    """The float so many steps further up."""
    for _ in range(abs(steps)):
        x = math.nextafter(x, math.copysign(math.inf, steps))
    return x


def with_result(path, y, data):
    """Save the graph of `y` with another number for it, and without a checksum."""
    save_graph(y, path)
    content = json.loads(path.read_bytes())
    del content["crc32"]
    content["nodes"][-1]["data"] = data
    return put(path, content)


@pytest.mark.parametrize("steps", [-9, -8, -1, 1, 8, 9])
@pytest.mark.parametrize("x", [0.7, -745.13, 709.782712893384, 1e-300])
def test_other_machines_round_otherwise(tmp_path, x, steps):
    """An exponential within 8 units in the last place is taken, and kept; beyond it is refused. Infinity is a step."""
    y = exp(Value(x))
    data = moved(y.data, steps)
    if data < 0.0:
        return
    path = with_result(tmp_path / "x.json", y, "inf" if data == math.inf else data)
    if abs(steps) <= 8:
        loaded = load_graph(path)
        assert bits(loaded.data) == bits(data)
        assert picture(load_graph(save_graph(loaded, path))) == picture(loaded)
    else:
        refused(path, says=r"node 1: data is .*, but exp of ")


@pytest.mark.parametrize("name", ["__add__", "__sub__", "__mul__", "__truediv__", "maximum", "minimum", "leaky_relu"])
def test_every_machine_adds_alike(tmp_path, name):
    """Sums, products and the like are the same everywhere: one unit in the last place is one too many."""
    y = getattr(Value(0.7), name)(Value(0.3))
    for steps in (-1, 1):
        refused(with_result(tmp_path / "x.json", y, moved(y.data, steps)), says="node 2: data is ")
    assert load_graph(with_result(tmp_path / "x.json", y, y.data)).data == y.data


def test_the_sign_of_a_zero_must_follow(tmp_path):
    """0.0 - 0.0 is 0.0, and -0.0 is another number."""
    x = Value(0.0)
    refused(
        with_result(tmp_path / "x.json", x - x, -0.0), says=r"node 1: data is -0\.0, but sub of 0\.0 and 0\.0 is 0\.0"
    )
    assert bits(load_graph(with_result(tmp_path / "x.json", -x, -0.0)).data) == bits(-0.0)


@pytest.mark.parametrize("x", [0.5, 1e-300])
def test_the_sign_must_follow(tmp_path, x):
    """The number of the other sign is another number, however small."""
    path = with_result(tmp_path / "x.json", Value(x).tanh(), -math.tanh(x))
    refused(path, says=rf"node 1: data is -{math.tanh(x)}, but tanh of {x} is {math.tanh(x)}")


def test_not_a_number_must_follow(tmp_path):
    """NaN where the operation has a number, or the other way round, is refused; any NaN stands for another."""
    refused(with_result(tmp_path / "x.json", Value(1.0).log(), "nan"), says="node 1: data is nan")
    refused(
        with_result(tmp_path / "x.json", Value(-1.0).log(), 1.0), says=r"node 1: data is 1\.0, but log of -1\.0 is nan"
    )
    loaded = load_graph(with_result(tmp_path / "x.json", Value(-1.0).log(), "nan fff8000000000001"))
    assert bits(loaded.data) == "fff8000000000001"


# --- the same file, written otherwise -----------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: json.dumps(json.loads(text), indent=8, sort_keys=True),
        lambda text: json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("2.0", "2").replace("0.5", "5e-1"),
        lambda text: text.replace('"second"', '"\\u0073econd"').replace('"x"', '"\\u0078"'),
        lambda text: re.sub(r',\s*"crc32": "[^"]*"', "", text),
    ],
    ids=["indented", "dense", "Windows lines", "mark", "numbers", "escapes", "no checksum"],
)
def test_other_ways_to_write_the_same(tmp_path, kind, rewrite):
    """White space, the order of members, escapes, 2 for 2.0, a byte order mark: the file means the same."""
    make, load, described_as = FILES[kind]
    path, _ = make(tmp_path)
    before, text = described_as(load(path)), path.read_text(encoding="ascii")
    assert rewrite(text) != text
    put(path, rewrite(text))
    assert described_as(load(path)) == before


# --- fuzzing ------------------------------------------------------------------------------------------------------


@st.composite
def damage(draw, raw):
    """Bytes changed, inserted, left out, repeated or moved, a few times."""
    for _ in range(draw(st.integers(1, 3))):
        first, last = sorted(draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
        last = min(last, first + draw(st.sampled_from([0, 1, 2, 8, 100])))
        other = draw(st.integers(0, len(raw)))
        tokens = st.sampled_from(
            [b"0", b"1", b"-", b'"', b"e", b",", b"[", b"}", b"nan", b"null", b"1e999", b'"\\ud800"']
        )
        piece = draw(st.one_of(st.just(b""), st.just(raw[other : other + 20]), tokens, st.binary(max_size=3)))
        raw = raw[:first] + piece + raw[last:]
    return raw


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """One file of each kind: path, bytes, JSON, what it holds, how to load it and how to look at it."""
    folder = tmp_path_factory.mktemp("fuzz")
    files = {}
    for kind, (make, load, described_as) in FILES.items():
        path, content = make(folder)
        files[kind] = path, path.read_bytes(), content, described_as(load(path)), load, described_as
    return files


def loads_the_same_or_is_refused(original, raw):
    """What the property of all the fuzzing is."""
    path, _, _, before, load, described_as = original
    path.write_bytes(raw)
    try:
        after = load(path)
    except FileFormatError as error:
        message = str(error)
        assert message.startswith(f"{str(path)!r} cannot be loaded: ")
        assert message.isprintable()
    else:
        assert described_as(after) == before


@KINDS
@settings(max_examples=3 * settings.default.max_examples)
@given(data=st.data())
def test_damaged_bytes(originals, kind, data):
    """A damaged file is refused, or still means the same."""
    loads_the_same_or_is_refused(originals[kind], data.draw(damage(originals[kind][1])))


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.sampled_from(["nan", 0, 1, -0.0])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)


@KINDS
@settings(max_examples=3 * settings.default.max_examples)
@given(data=st.data())
def test_damaged_content(originals, kind, data):
    """So is JSON in which something else stands in a place, or what stands in another."""
    content = originals[kind][2]
    everywhere = list(places(content))
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(everywhere))
        new = data.draw(JSON | st.sampled_from(everywhere).map(lambda other: at(originals[kind][2], other)))
        try:
            content = changed(content, place, new)
        except (KeyError, IndexError, TypeError):  # the first change took the second's place away
            continue
    loads_the_same_or_is_refused(originals[kind], json.dumps(content).encode())


@KINDS
def test_every_byte_flipped(originals, kind):
    """One bit of any byte of the file: refused, or it means the same."""
    raw = originals[kind][1]
    for k in range(len(raw)):
        flipped = raw[k] ^ (1, 2, 16)[k % 3]
        loads_the_same_or_is_refused(originals[kind], raw[:k] + bytes([flipped]) + raw[k + 1 :])


@settings(max_examples=3 * settings.default.max_examples)
@given(
    st.binary(max_size=60)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
    | JSON.map(lambda x: json.dumps(x).encode())
)
def test_any_bytes(originals, raw):
    """What is no saved file is refused by both loaders."""
    path = originals["graph"][0]
    path.write_bytes(raw)
    for load in (load_graph, load_network):
        with pytest.raises(FileFormatError):
            load(path)


def test_errors_are_value_errors(tmp_path):
    """A user who knows nothing of this package's errors catches the one of Python's, and can pickle it."""
    put(tmp_path / "x", b"")
    with pytest.raises(ValueError, match="is empty") as caught:
        load_graph(tmp_path / "x")
    twin = pickle.loads(pickle.dumps(caught.value))
    assert (type(twin), str(twin)) == (FileFormatError, str(caught.value))


def test_saving_over_a_damaged_file(tmp_path):
    """A file that cannot be loaded can be saved over."""
    path = put(tmp_path / "x.json", b"{")
    save_graph(Value(1.0), path)
    assert load_graph(path).data == 1.0
    put(path, b"{")
    save_network(network := load_network(network_file(tmp_path)[0]), path)
    assert described(load_network(path)) == described(network)
