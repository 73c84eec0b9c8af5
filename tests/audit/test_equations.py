"""Claims: equations, their left sides, and what they define."""

import pytest
from claimed import network, product, texts

from autograd_lite import (
    Value,
    formula,
    grad,
)
from autograd_lite.audit import check_claims

# --- equations --------------------------------------------------------------------------------------------------------


def row_of_x(claim, **options):
    return check_claims(product(), {"x": claim}, **options)["x"]


HEADINGS = ["∂y/∂x", "∂y / ∂x", "dy/dx", "dy_dx", "dx", "x", "x.grad", "grad_x", "y'", "g", "f(x)", "f'(x, z)", "sin"]


HEADINGS += [
    "dL/dx",
    "∂L/∂x",
    "∂E_total/∂x",
    "∂Y/∂X",
    "dL_dx",
    "d_loss_d_x",
    "C'",
    "delta_x",
    "dropout_dense",
    "q_dx",
    "",
]


DUE = "; this is the row of x, and what is asked for is ∂y/∂x"


@pytest.mark.parametrize("left", HEADINGS)
def test_left_of_the_equals_sign(left):
    """The row's derivative in any notation, its name, or one that is new may stand on the left."""
    assert row_of_x(f"{left} = 2*x*z").ok
    assert row_of_x(f"{left} = 12").ok
    assert row_of_x(f"{left} ≈ 12.0").ok
    assert row_of_x(f"{left} = 2*x*x").verdict == "wrong"


@pytest.mark.parametrize(
    ("left", "note"),
    [
        ("∂y/∂z", "left of the equals sign stands ∂y/∂z" + DUE),
        ("dy/dz", "left of the equals sign stands dy/dz" + DUE),
        ("dL/dz", "left of the equals sign stands dL/dz" + DUE),
        ("dy_dz", "left of the equals sign stands dy_dz" + DUE),
        ("d_y_d_z", "left of the equals sign stands d_y_d_z" + DUE),
        ("dz", "left of the equals sign stands dz" + DUE),
        ("z.grad", "left of the equals sign stands z.grad" + DUE),
        ("grad_z", "left of the equals sign stands grad_z" + DUE),
        ("∂z/∂x", ", but the result is not z" + DUE),
        ("dz/dx", ", but the result is not z" + DUE),
        ("dz_dx", ", but the result is not z" + DUE),
        ("∂y/∂q", ", and q is not known" + DUE),
        ("∂L/∂q", ", and q is not known" + DUE),
        ("dL/dq", ", and q is not known" + DUE),
        ("dL_dq", ", and q is not known" + DUE),
        ("q.grad", ", and q is not known" + DUE),
        ("grad_q", ", and q is not known" + DUE),
        ("∂q/∂x", ", and q is not known" + DUE),
        ("dq/dx", ", and q is not known" + DUE),
        ("dq_dx", ", and q is not known" + DUE),
        ("dq_dr", ", and q is not known" + DUE),
        ("∂q/∂r", ", and q is not known" + DUE),
        ("q'", ", and q is not known" + DUE),
        ("y" + chr(39) * 2, "left of the equals sign stands y''" + DUE),
        ("z'", ", but the result is not z" + DUE),
        ("garbage ?? )", "the name 'garbage' is not known"),
        ("x ?? )", "? after 'x' has no meaning"),
        ("q(x + 1)", "'q' is no function"),
        ("q(x", "'q' is no function"),
    ],
)
def test_another_left_side(left, note):
    """The derivative of something else on the left, or what is nothing at all, is not readable, and it is said why."""
    row = row_of_x(f"{left} = 2*x*z")
    assert row.verdict == "not readable"
    assert note in row.note


NOT_OF_W5 = [
    *(
        "∂L/∂w9",
        "dL/dw9",
        "dL_dw9",
        "∂E_total/∂w9",
        "dE_total/dw9",
        "w9.grad",
        "grad_w9",
        "dw9",
        "w9",
        "∂L/∂W9",
        "dE_dw9",
    ),
    *("∂L/∂w6", "dL/dw6", "dL_dw6", "∂E_total/∂w6", "dE_total_dw6", "w6.grad", "grad_w6", "dw6", "d_loss_d_w6"),
    *("∂E1/∂w5", "dE1/dw5", "dE1_dw5", "E1'", "∂E1/∂w9", "∂a_o1/∂o1", "∂o1/∂w5", "∂q/∂w5", "dq/dw5", "dq_dw5", "q'"),
    *("∂²E_total/∂w5²", "∂²L/∂w5²", "d2E/dw52", "E_total''", "-∂E_total/∂w5", "2*dE_total/dw5", "a_h3", "dh3"),
]


@pytest.mark.parametrize("left", NOT_OF_W5)
def test_left_sides_that_are_not_of_the_row(left):
    """Whatever else stands on the left, the right formula behind it is not called right, in any notation."""
    _, y = network()
    for right in (texts()["w5"], "0.01288"):
        row = check_claims(y, {"w5": f"{left} = {right}"})["w5"]
        assert row.verdict == "not readable"
        assert "row of w5" in row.note or "instead of saying what that is" in row.note


OF_W5 = [
    *(
        "∂E_total/∂w5",
        "dE_total/dw5",
        "dE_total_dw5",
        "∂E/∂w5",
        "dE/dw5",
        "dE_dw5",
        "∂L/∂w5",
        "dL/dw5",
        "dL_dw5",
        "∂J/∂w5",
    ),
    *(
        "dC/dw5",
        "d_loss_d_w5",
        "∂Etotal/∂w5",
        "∂E_tot/∂W5",
        "dEtotal/dw5",
        "w5.grad",
        "grad_w5",
        "dw5",
        "w5",
        "dW5",
        "L'",
    ),
    *("E_total'", "g", "delta_o1", "δ", "grad", "loss_grad", "f(w5)"),
]


@pytest.mark.parametrize("left", OF_W5)
def test_left_sides_that_are_of_the_row(left):
    """The result may have a usual letter or the beginning of its label, and a name may be new; both sides count."""
    _, y = network()
    for right, wrong in ((texts()["w5"], texts()["w6"]), ("0.01288", "0.01297")):
        assert check_claims(y, {"w5": f"{left} = {right}"})["w5"].ok
        assert check_claims(y, {"w5": f"{left} = {wrong}"})["w5"].verdict == "wrong"


@pytest.mark.parametrize(
    ("label", "root", "left", "right"),
    [
        ("w", "", "∂q/∂w", True),
        ("w", "", "dq_dw", True),
        ("w", "", "q'", True),
        ("w", "", "∂q/∂z", False),
        ("w", "", "∂x/∂w", False),
        ("w", "", "∂q/∂x", False),
        ("w", "", "dropout_dense", True),
        ("", "y", "∂y/∂w", True),
        ("", "y", "∂L/∂w", True),
        ("", "y", "∂y/∂x", False),
        ("", "y", "∂x/∂w", False),
        ("", "y", "∂q/∂w", False),
        ("", "y", "∂y/∂v1", True),
        ("", "", "∂q/∂w", True),
        ("", "", "∂q/∂x", False),
        ("", "", "w.grad", True),
    ],
)
def test_left_sides_where_labels_are_missing(label, root, left, right):
    """What has no label may have any name that is new, and no name of something else."""
    w, x = Value(3.0, label), Value(2.0, "x")
    y = w * x
    y.label = root
    row = check_claims(y, {w: f"{left} = 2.0"})[w]
    assert row.verdict == ("right" if right else "not readable")
    assert right or row.note.startswith(f"left of the equals sign stands {left}")
    inner = w * 1.0
    y = inner * x
    y.label = root
    if not label and left != "∂y/∂v1":
        assert check_claims(y, {inner: f"{left} = 2.0"})[inner].ok == right


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("dL/dx = x^2; dy/dx = 12", "wrong"),
        ("dL/dx = x^2; 12", "wrong"),
        ("dL/dx = 12; z = 2", "right"),
        ("dL/dx = 12; dy/dx = 2*x*z", "right"),
        ("L = x*x; dL/dx = 2*x; dy/dx = z*dL/dx", "right"),
        ("L = x*x; dL/dx = 2*x; 12", "right"),
        ("g = z*dL/dx where L = x*x, dL/dx = 2*x", "right"),
    ],
)
def test_lines_of_a_usual_letter_for_the_result(claim, verdict):
    """A line with a usual letter for the result is judged like any other, unless the text defines that letter."""
    assert row_of_x(claim).verdict == verdict


@pytest.mark.parametrize("left", ["x*x", "-33", "y", "z", "e", "pi", "exp(x)", "sin(x)", "dy/dx*1", "12.1"])
def test_a_false_equation(left):
    """A formula on the left that is not the gradient makes a false equation; a right one does not."""
    row = row_of_x(f"{left} = 2*x*z")
    if left == "dy/dx*1":
        assert row.verdict == "not readable"  # it names what is asked for
        return
    assert row.verdict in {"wrong", "last digit wrong"}
    assert repr(left) in row.note
    assert row_of_x("12 = 2*x*z").ok
    assert row_of_x("z*(x + x) = 2*x*z").ok


@pytest.mark.parametrize(
    ("claim", "verdict", "part"),
    [
        ("dy/dx = 2*x*z = 12", "right", ""),
        ("dy/dx = 2*x*z = z*(x + x)\n   = 12.0", "right", ""),
        ("dy/dx = 2*x*z = 13", "wrong", "'13'"),
        ("dy/dx = 2*z = 12.0", "wrong", "'2*z'"),
        ("dy/dx = 2*x*z = 4*x = 12.0", "right here only", "'4*x'"),
        ("dy/dx = 4*x = 13", "wrong", "'13'"),
        ("2*x*z = 2*3*2 = 12", "right", ""),
        ("2*x*z = 2*3*2.1 = 12", "wrong", "'2*3*2.1'"),
        ("2*x*z = 12 + 1e20 * x - 1e20 * x", "cannot be judged", "1e20"),
        ("u = 2*z; dy/dx = u*x = 12.0", "right", ""),
        ("12 = 12 = 12 = 12", "right", ""),
        ("12 =" * 20 + "12", "not readable", "21 parts is too long to read, the limit is 20"),
        ("12 =", "not readable", "there is no formula after the equals sign"),
        ("x = 12 =", "not readable", "there is no formula after the last equals sign"),
    ],
)
def test_equations_of_several_parts(claim, verdict, part):
    """Every part between equals signs is judged, and the equation is what the worst of them is."""
    row = row_of_x(claim)
    assert row.verdict == verdict
    assert part in row.note
    assert verdict != "right" or row.value == 12.0


def test_notes_of_equations():
    """What there is to say of a right part is said of the equation, and how many digits are asked for, of each."""
    row = row_of_x("dy/dx = 2*x*z = 12.0")
    assert (row.note, row.points) == ("to 3 digits", 9)
    assert row_of_x("dy/dx = 2*x*z = 12.0", digits=4).verdict == "too few digits"
    assert row_of_x("dy/dx = 2*x*z = 12.0", digits=3).ok
    row = row_of_x("x*x = 2*x*z")
    assert row.note == "'x*x' stands left of the equals sign and is not this gradient"
    assert row_of_x("2*x*z = 12.1").note == "this is of the part '12.1' of the equation"
    long = row_of_x("x*x" + "*x" * 5000 + " = 2*x*z")
    assert len(long.note) < 200


@pytest.mark.parametrize(
    ("claim", "verdict", "note"),
    [
        ("dy/dx = 2*x*z\ndy/dx = 12", "right", ""),
        ("dy/dx = 2*x*z \n dy/dx = 2*3*2 \n dy/dx = 12", "right", ""),
        ("dy/dx = x^2\ndy/dx = 12", "wrong", "this is of the part 'x^2' of the equation"),
        ("∂y/∂x = x^2; ∂y / ∂x = 12", "wrong", "'x^2'"),
        ("∂y/∂x = 13, ∂y/∂x = 2*x*z", "wrong", "'13'"),
        ("∂y/∂x = 2*x*z where ∂y/∂x = 13", "wrong", "'13'"),
        ("2*x*z where dy/dx = 13", "wrong", "'13'"),
        ("x.grad = x^2; dy/dx = 12", "wrong", "'x^2'"),
        ("dy_dx = x^2; 12", "wrong", "'x^2'"),
        ("g = x^2\ng = 12", "wrong", "'x^2'"),
        ("x = x^2\nx = 12", "wrong", "'x^2'"),
        ("g = 2*z\ng = g*x", "right", ""),
        ("u = 2*z\ng = u*x", "right", ""),
        ("u = 2*z; v = u*x; g = v; g = 12", "right", ""),
        ("dy/dx = 12;" * 20 + "12", "not readable", "21 parts is too long to read"),
    ],
)
def test_what_is_said_twice(claim, verdict, note):
    """Every line that says what the row's derivative is, is judged, and not the last one alone."""
    row = row_of_x(claim)
    assert row.verdict == verdict
    assert note in row.note
    assert bool(note) == bool(row.note) or row.note == "compared at this point only"


def squares():
    """The square of a product, times a number; its slope along x is 180."""
    w, x, z = Value(3.0, "w"), Value(2.0, "x"), Value(5.0, "z")
    h = w * x
    h.label = "h"
    y = h * h * z
    y.label = "y"
    return y


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("u = w*x\ndu/dx = w\ndy/du = 2*u*z\ndy/dx = dy/du*du/dx", "right"),
        ("du/dx = w; 2*h*z*du/dx", "right"),
        ("∂y/∂x = 2*u*z*∂u/∂x where u = w*x and ∂u/∂x = w", "right"),
        ("u = w*x; du/dx = w; dy/dx = 2*u*z*w", "right"),
        ("u = w*x; du/dx = w; dy/dx = 2*u*z*x", "wrong"),
        ("dx = 2*h*w*z\ndx", "right"),
        ("dx = 2*h*w*z\ndx = dx + 0*x", "right"),
        ("dx = 2*h*w*z\ndx = dx + 1", "wrong"),
        ("x.grad = h*w*z; x.grad = x.grad + h*w*z", "right"),
        ("dy_dx = 2*h*w*z\ndy_dx + 0*x", "right"),
        ("∂y/∂x = 2*h*w*z\nh = w*x", "right"),
        ("∂y/∂x = 180; h = w*x", "right"),
        ("∂y/∂x = 181; h = w*x", "wrong"),
        ("y = h^2*z where h = w*x\n∂y/∂x = 2*h*w*z", "right"),
        ("y = h^2*z where h = w*x\n∂y/∂x = 2*h*w", "wrong"),
        ("2*u*w*z and u = w*x", "right"),
        ("2*u*w*z\nu = w*x", "right"),
        ("2*u*w\nu = w*x", "wrong"),
        ("dy/dx ≈ 180; dy/dx = 2*h*w*z", "right"),
        ("dy/dx ≈ 181.0; dy/dx = 2*h*w*z", "wrong"),
        ("2*h*w*z, where h ≈ w*x", "right"),
        ("dx = 3*h*w*z\nk = 0.1*dx\ndy/dx = 2*h*w*z", "wrong"),
        ("dx = 2*h*w*z\nk = 0.1*dx\ndy/dx = 2*h*w*z", "right"),
        ("x.grad = 5; k = x.grad; 2*h*w*z", "wrong"),
        ("x.grad = 5\nx.grad = 2*h*w*z\nk = x.grad", "wrong"),
        ("dy_dx = 5; dy/dx = 2*h*w*z, k = dy_dx", "wrong"),
        ("y' = 5; k = y'; dy/dx = 2*h*w*z", "wrong"),
        ("y' = 180; k = y'; dy/dx = 2*h*w*z", "right"),
        ("dy/dx = 5; k = dy/dx; 2*h*w*z", "wrong"),
        ("x.grad = 2*h*w*z\nx_new = x - 0.1*x.grad", "right"),
        ("g = 2*h*w*z\nx_new = x - 0.1*g", "wrong"),
        ("k = g; m = 2*z; g = m*h*w", "right"),
        ("g = 2*w*z; k = g; g = g*h", "right"),
        ("2*h*w*z; q = ?", "not readable"),
        ("dx = dx; dx", "not readable"),
        ("dx = 2*h; 2*h*w*z; 3", "not readable"),
    ],
)
def test_derivations_of_several_lines(claim, verdict):
    """The claim is what is said of the row's derivative, or has no left side, wherever it stands; others define."""
    row = check_claims(squares(), {"x": claim})["x"]
    assert row.verdict == verdict, row


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ('∂"a / b" / ∂x = 180', "not readable"),
        ('∂"a / b"/∂x', "not readable"),
        ('∂ "a / b" / ∂x', "not readable"),
        ("∂y  /  ∂x = 180", "right"),
        ("∂y /\n∂x = 180", "right"),
        ('2*h*w*z*∂"h"/∂h', "not readable"),
    ],
)
def test_derivatives_with_spaces_and_quotation_marks(claim, verdict):
    """Whatever stands between the signs, a text that is no formula is not readable, and raises nothing."""
    assert check_claims(squares(), {"x": claim})["x"].verdict == verdict


def test_a_label_with_a_stroke():
    """Derivatives of a quantity whose label has a stroke in it are read with any spaces."""
    x = Value(3.0, "x")
    y = x * x
    y.label = "a / b"
    for left in ('∂"a / b"/∂x', '∂"a / b" / ∂x'):
        assert check_claims(y, {"x": f"{left} = 6"})["x"].ok
        assert check_claims(y, {"x": f"{left} = 7"})["x"].verdict == "wrong"


@pytest.mark.parametrize(
    "text",
    [
        "∂" + "²" * 99_000,
        '∂"' + " " * 99_000 + 'x"/∂x = 3',
        '2 + "' + '\\"' * 49_000,
        "∂x /" * 24_000,
        "∂x" * 49_000,
        "∂x" + " " * 99_000 + "y",
        "0*1.234" + "+0*1.234" * 2000 + "+2*h*w*z",
        "2*h*w*z*(1.000" + "+1.234-1.234" * 2000 + ")",
        "".join(f"u{k} = 0*x\n" for k in range(1900)) + "180",
        "".join(f"u{k + 1} = u{k} + x\n" for k in range(1900)) + "dy/dx = 180; u0 = x",
        "h = w*x; " + "dy/dx = 180;" * 1900 + "180",
        "x = 2, " * 1900 + "180",
    ],
    ids=range(12),
)
def test_long_texts_are_read_at_once(text):
    """Reading takes time in proportion to the length: each of these took minutes, or would have."""
    assert check_claims(squares(), {"x": text})["x"].verdict


@pytest.mark.parametrize(
    ("claim", "verdict", "note"),
    [
        ("y = x^3\n∂y/∂x = 2*x*z", "right", "but y is 18, not x^3 = 27"),
        ("y = x*x*z\n∂y/∂x = 2*x*z", "right", ""),
        ("z = 7\n∂y/∂x = 12", "right", "but z is 2, not 7"),
        ("z = 2\n∂y/∂x = 12", "right", ""),
        ("x = 3.0\n∂y/∂x = 12", "right", ""),
        ("z = 2.04; 12", "right", "but z is 2, not 2.04"),
        ("z = 2.00; y = 1.8e1; 12", "right", ""),
        ("z = 1 + 1.002; 12", "right", "but z is 2, not 1 + 1.002 = 2.002"),
        ("z = 1.333*1.5; 12", "right", ""),
        ("2*x*z where ∂y/∂z = 17", "right", "but ∂y/∂z is 9, not 17"),
        ("2*x*z where dy/dz = 9 and z = 2", "right", ""),
        ("u*v where u = 2*x and v = z", "right", ""),
        ("2*x*z where dy/dz = x^2; z = u; u = 2.5", "wrong", "but z is 2, not u = 2.5"),
        ("2*x*y where y = z", "right", "but y is 18, not z = 2"),
        ("2*x*q where q = 7", "wrong", ""),
        ("z = 1/0; 12", "right", "but z is 2, not 1/0 = inf"),
        ("z = log(-1); 12", "right", "but z is 2, not log(-1) = nan"),
    ],
)
def test_what_is_said_on_the_way(claim, verdict, note):
    """What a line says of another quantity of the graph has to be so, or it is said what that is."""
    row = row_of_x(claim)
    assert row.verdict == verdict
    assert row.note == note or (not note and verdict != "right")


def test_what_is_said_of_quantities_without_a_number():
    """Of a quantity that is not finite nothing is said."""
    x, z = Value(3.0, "x"), Value(0.0, "z")
    y = x * x + (z / z) * 0.0
    y.label = "y"
    assert check_claims(y, {"x": "y = 7; 2*x"})["x"].note == ""


def test_names_in_notes_are_short():
    """A long label, and a long formula, in what is said on the way are cut, and so is a long left side."""
    x, z = Value(3.0, "x" * 150), Value(2.0, "z" * 150)
    y = x * x * z
    y.label = "y" * 150
    row = check_claims(y, {x: f"{z.label} = 7; 12"})[x]
    assert (row.verdict, len(row.note) < 120) == ("right", True)
    assert "is 2, not 7" in row.note
    row = check_claims(y, {x: f"{z.label} = {'7' + ' + 1' * 99}; 12"})[x]
    assert (row.verdict, len(row.note) < 150) == ("right", True)
    assert row.note.endswith("= 106")
    for order, left in (("²", x.label), ("²", z.label), ("", z.label), ("³", x.label)):
        twos = order.replace("³", "")
        row = check_claims(y, {x: f"∂{order}{y.label}/∂{left}{twos} = 12"})[x]
        assert row.verdict == "not readable"
        assert len(row.note) < 220
    bars = "x" * 9 + "\u0307" * 9
    hidden = Value(2.0, "z\u202ez")
    product = x * hidden
    note = check_claims(product, {x: f'"z\u202ez" = 7; 2; "{bars}" = 3'})[x].note
    assert "\u202e" not in note


HIGHER = ["∂²y/∂x²", "∂²y/∂z²", "∂²y/∂x∂z", "d²y/dx²", "d2y/dx2", "∂²L/∂x²", "∂²q/∂q²", "∂³y/∂x³"]


@pytest.mark.parametrize("left", HIGHER)
def test_a_second_derivative_on_the_left(left):
    """A derivative of another order is that of something else, whatever stands right of it."""
    for right in ("2*x*z", "12", "2*z"):
        row = row_of_x(f"{left} = {right}")
        assert row.verdict == "not readable"
        assert row.note == f"left of the equals sign stands {left}{', and q is not known' * ('q' in left)}{DUE}"


@pytest.mark.parametrize(
    "left", ["∂²y/∂x", "∂y/∂x²", "∂y/∂x∂z", "∂³y/∂x²", "∂⁰y/∂x", "∂⁻²y/∂x²", "∂¹¹¹y/∂x", "∂²y/∂x³"]
)
def test_orders_that_do_not_fit(left):
    """A derivative whose orders above and below the stroke differ is none."""
    row = row_of_x(f"{left} = 12")
    assert row.verdict == "not readable"
    assert row.note == f"left of the equals sign stands {left}: in it the orders of the two sides of the stroke differ"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("∂²y/∂x²", True),
        ("d²y/dx²", True),
        ("d2y/dx2", True),
        ("∂²L/∂x²", True),
        ("∂²y/∂x∂x", True),
        ("∂²y/∂x∂z", False),
        ("∂²y/∂z²", False),
        ("∂³y/∂x³", False),
        ("∂²z/∂x²", False),
        ("∂²g/∂x²", False),
    ],
)
def test_headings_of_second_derivatives(left, right):
    """Of a result that is a derivative itself the row is one of a higher order, along all that was differentiated."""
    x, z = Value(3.0, "x"), Value(2.0, "z")
    y = x * x * x * z
    y.label = "y"
    slope = grad(y, x)
    row = check_claims(slope, {"x": f"{left} = 6*x*z"})["x"]
    assert row.verdict == ("right" if right else "not readable")
    mixed = grad(slope, z)
    for name, primes, fits in (
        ("y", 1, False),
        ("y", 2, True),
        ("y", 3, False),
        ("f", 2, True),
        ("g", 2, False),
    ):
        assert check_claims(slope, {"x": name + "'" * primes + " = 6*x*z"}).ok == fits
    outside = Value(1.0, "q")
    assert check_claims(slope, {outside: formula(slope, outside)})
    for order in ("∂³y/∂x∂z∂x", "∂³y/∂x²∂z", "∂³y/∂z∂x²"):
        assert check_claims(mixed, {"x": f"{order} = 6*x"})["x"].ok
    assert not check_claims(mixed, {"x": "∂³y/∂x∂z² = 6*x"})["x"].ok
    slope.label = "g"
    assert check_claims(slope, {"x": "∂²y/∂x² = 6*x*z"}).ok
    assert check_claims(slope, {"x": "∂g/∂x = 6*x*z"}).ok
    assert not check_claims(slope, {"x": "∂²g/∂x² = 6*x*z"}).ok


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("2*x*u, where u = z", "right"),
        ("2*x*u,\n where u = z", "right"),
        ("2*x*u,\nu = z", "right"),
        ("2*x*u,\n\n u = v,\n v = z", "right"),
        ("u*v where u = 2*x and v = z", "right"),
        ("u*v, where u = 2*x, and v = z", "right"),
        ("max(x,\nx)*2*z", "right"),
        ("2*x*u, where u = x", "wrong"),
        ("2*x*z,", "not readable"),
    ],
)
def test_commas_and_words_before_definitions(claim, verdict):
    """A comma at the end of a line or before "where" is one break with it; "and" goes on as a comma does."""
    assert row_of_x(claim).verdict == verdict


def test_labels_that_are_words_of_claims():
    """A quantity may be called "where" or "and": what formula() prints is read."""
    a, b = Value(3.0, "where"), Value(2.0, "and")
    y = a * b * a
    y.label = "y"
    for style in ("plain", "python"):
        assert check_claims(y, {x: formula(y, x, style=style) for x in (a, b)})


def test_a_numbered_name_without_quotation_marks():
    """A name that the table shows with its number has to be quoted in a formula, and the message says so."""
    a, b = Value(3.0, "w"), Value(2.0, "w")
    y = a * b * a
    row = check_claims(y, {a: "2*w*w (2)"})[a]
    assert row.verdict == "not readable"
    assert row.note.endswith('the quantity "w (2)" is written in quotation marks')
    assert check_claims(y, {a: '2*w*"w (2)"'})
    long = Value(3.0, "w" * 200), Value(2.0, "w" * 200)
    note = check_claims(long[0] * long[1], {long[0]: "w" * 200 + " (2)"})[long[0]].note
    assert note.endswith("is written in quotation marks")
    assert len(note) < 250
    for other in ("2*w (3)", "2*w (", "2*w (2", "2*w"):
        assert "quotation marks" not in check_claims(y, {a: other})[a].note or other == "2*w (2"
