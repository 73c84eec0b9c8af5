"""Charts: what they draw, that they are the same each time, and that several fit into one page."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest

from autograd_lite import charts
from autograd_lite.engine.extras import install
from autograd_lite.examples import HIGH_RATES, LOW_RATES, era_s6, sweep

FALLING = [0.3 * 0.9**n for n in range(200)]
RATES = {0.1: [0.014, 0.013, 0.012], 1.0: [0.014, 0.010, 0.008], 30.0: [0.014, 0.2, 0.25]}


def axes_of(chart):
    """The axes after the chart has drawn on them."""
    with charts._matplotlib(chart.name) as figure_class:
        axes = figure_class().subplots()
        chart._plot(axes)
        axes.figure.draw_without_rendering()
        return axes


def ids(svg):
    return re.findall(r'\sid="([^"]+)"', svg)


def test_the_curve_has_every_loss():
    """The line of the loss curve goes through every loss, at its number of updates."""
    line = axes_of(charts.loss_curve(FALLING)).lines[0]
    assert list(line.get_xdata()) == list(range(200))
    assert list(line.get_ydata()) == FALLING


@pytest.mark.parametrize(
    ("losses", "scale"),
    [(FALLING, "log"), ([0.3, 0.2, 0.1], "linear"), ([0.0, 0.0], "linear"), ([100.0, -1.0, 1.0], "linear")],
)
def test_scale(losses, scale):
    """Losses that fall by a factor above 20 are drawn on a logarithmic scale, others and negative ones on a linear."""
    assert axes_of(charts.loss_curve(losses)).get_yscale() == scale


def test_a_loss_of_zero_on_a_logarithmic_scale():
    """A loss that falls to 0 has a place on the logarithmic scale: its lower edge, no gap and no warning."""
    heights = axes_of(charts.loss_curve([1.0, 1e-3, 0.0])).lines[0].get_ydata()
    assert list(heights) == [1.0, 1e-3, charts.FLOOR]
    assert axes_of(charts.loss_curve([1.0, 1e-3, 0.0])).get_ylabel() == "E_total, the loss (1e-12: or less)"
    assert axes_of(charts.loss_curve([1.0, 1e-3])).get_ylabel() == "E_total, the loss"


def test_negative_losses_by_learning_rate():
    """The chart of learning rates has all of its lines within it, negative losses too."""
    assert axes_of(charts.learning_rates({0.1: [1.0, -2.0]})).get_ylim()[0] < -2.0
    assert axes_of(charts.learning_rates({0.1: [1.0, 2.0]})).get_ylim()[0] == 0.0


@pytest.mark.parametrize("count", [1, 2, 68, 10_001])
def test_marks_of_the_x_axis(count):
    """The x axis is marked at whole numbers from the first to at most the last one, few enough to be read."""
    marks = list(axes_of(charts.loss_curve([1.0] * count)).get_xticks())
    assert marks[0] == 0
    assert marks == sorted(set(map(int, marks)))
    assert marks[-1] <= max(1, count - 1)
    assert len(marks) <= 12


def test_numbers_at_the_ends():
    """The first and the last loss stand at the ends of the curve, the last one on the side away from the line."""
    first, last = axes_of(charts.loss_curve(FALLING)).texts
    assert (first.get_text(), last.get_text()) == (f"{FALLING[0]:.6g}", f"{FALLING[-1]:.6g}")
    assert (first.get_va(), last.get_va()) == ("bottom", "top")
    assert axes_of(charts.loss_curve([0.1, 0.3])).texts[1].get_va() == "bottom"


def test_one_line_a_learning_rate():
    """The chart of learning rates has a line for each, from epoch 0, named by the rate."""
    axes = axes_of(charts.learning_rates(RATES))
    assert [line.get_label() for line in axes.lines] == ["0.1", "1", "30"]
    for line, losses in zip(axes.lines, RATES.values(), strict=True):
        assert list(line.get_xdata()) == [0, 1, 2]
        assert list(line.get_ydata()) == losses


def test_lines_are_told_apart_without_colour():
    """The lines of the published charts have each their own pair of dash and marker, and neighbours differ in both."""
    for rates in (LOW_RATES, HIGH_RATES):
        lines = axes_of(charts.learning_rates({rate: [0.1, 0.2] for rate in rates})).lines
        signs = [(str(line.get_linestyle()), str(line._dash_pattern), line.get_marker()) for line in lines]
        assert len(set(signs)) == len(rates)
        assert all(a[1] != b[1] and a[2] != b[2] for a, b in pairwise(signs))


def test_legend_beside_the_data():
    """The legend stands to the right of the lines, not on them, and all of it is inside the picture."""
    chart = charts.learning_rates({rate: [0.1, 0.2] for rate in LOW_RATES})
    with charts._matplotlib("x") as figure_class:
        figure = figure_class(figsize=(7.5, 4.2), layout="constrained")
        axes = figure.subplots()
        chart._plot(axes)
        figure.draw_without_rendering()
        legend, data, whole = axes.get_legend().get_window_extent(), axes.get_window_extent(), figure.bbox
    assert legend.x0 >= data.x1
    assert whole.x0 <= legend.x0 <= legend.x1 <= whole.x1
    assert whole.y0 <= legend.y0 <= legend.y1 <= whole.y1


def test_ceiling():
    """The ceiling is a line of its own, at its level and with its name."""
    axes = axes_of(charts.learning_rates(RATES, ceiling=0.25))
    assert list(axes.lines[0].get_ydata()) == [0.25, 0.25]
    assert [text.get_text() for text in axes.texts] == ["ceiling 0.25"]


def test_published_charts():
    """The two published charts of ERA session 6 can be drawn, and the text for those who do not see them says it."""
    low, high = (charts.learning_rates(sweep(era_s6(), rates).losses) for rates in (LOW_RATES, HIGH_RATES))
    assert "67 epochs" in low.alt
    assert "30: from 0.01418 to 0" in low.alt
    assert "1000: from 0.01418 to 0.25" in high.alt


@pytest.mark.parametrize("kind", charts.FORMATS)
def test_the_same_each_time(kind):
    """Two charts of the same data are the same bytes: no date, no random ids."""
    one, other = (charts.learning_rates(RATES, ceiling=0.25).render(kind) for _ in range(2))
    assert one == other
    assert one[:5] in {b"<?xml", b"\x89PNG\r", b"%PDF-"}


def test_svg_stands_alone_and_inside_a_page():
    """The SVG is well formed, has its words as alternative text, loads nothing, and styles nothing around it."""
    chart = charts.loss_curve(FALLING, title='a < b & "c" $x_1$')
    root = ET.fromstring(chart.svg())
    assert root.get("role") == "img"
    assert root.get("aria-label") == chart.alt
    assert 'a < b & "c" $x_1$' in chart.alt
    assert not axes_of(chart)._left_title.get_parse_math()  # a dollar sign is a dollar sign
    svg = chart.svg()
    assert "<style" not in svg
    assert "<!DOCTYPE" not in svg
    assert "<text" not in svg  # outlines: no font is needed
    assert {link for link in re.findall(r'href="([^"]*)"', svg) if not link.startswith("#")} == set()


def test_ids_do_not_clash():
    """Charts with different names share no ids, and every reference inside a chart finds its id there."""
    one, other = (
        charts.learning_rates(RATES, name=name).svg() for name in ("learning-rates-low", "learning-rates-high")
    )
    assert set(ids(one)).isdisjoint(ids(other))
    for svg in (one, other):
        assert len(set(ids(svg))) == len(ids(svg))
        assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', svg)) <= set(ids(svg))


def test_a_chart_is_saved_by_its_suffix(tmp_path):
    """A chart is saved in the format of the suffix; another suffix is refused, and nothing is written."""
    chart = charts.loss_curve(FALLING)
    assert chart.save(tmp_path / "a.SVG").read_bytes() == chart.render("svg")
    assert chart.save(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    for name in ("a.gif", "a"):
        with pytest.raises(ValueError, match="svg, png, pdf"):
            chart.save(tmp_path / name)
        assert not (tmp_path / name).exists()


def test_nothing_to_draw():
    """No losses at all are refused; learning rates that diverged at once are left out of a chart that has others."""
    with pytest.raises(ValueError, match="empty"):
        charts.loss_curve([])
    with pytest.raises(ValueError, match="no learning rate"):
        charts.learning_rates({1.0: []})
    assert len(axes_of(charts.learning_rates({1.0: [], 2.0: [0.1]})).lines) == 1


def test_notebook():
    """In a notebook the chart is an image that shrinks with the page, and says in words what it shows."""
    chart = charts.loss_curve(FALLING)
    image = ET.fromstring(chart._repr_html_()).find(".//img")
    assert image.get("alt") == chart.alt
    assert "max-width:100%" in image.get("style")


def test_without_matplotlib(monkeypatch):
    """Without matplotlib the error says how to install it."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(charts.MatplotlibNotFoundError, match=re.escape(install("plot"))):
        charts.loss_curve(FALLING).svg()


def test_loads_matplotlib_only_to_draw():
    """Importing the module loads no matplotlib, and drawing loads no pyplot: there is no window and no global state."""
    code = (
        "import sys; from autograd_lite import charts; assert 'matplotlib' not in sys.modules;"
        "charts.loss_curve([2.0, 1.0]).svg(); assert 'matplotlib.pyplot' not in sys.modules"
    )
    env = os.environ | {"PYTHONPATH": str(Path(charts.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, timeout=60)


def test_settings_of_the_user_stay():
    """Drawing leaves matplotlib's settings as they were."""
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    charts.loss_curve(FALLING).svg()
    assert dict(mpl.rcParams) == before
