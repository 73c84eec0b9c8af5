"""Derivatives inside derivatives: nodes come out of numbers there, so that the outer one is right; threads, tasks."""

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given

from autograd_lite import (
    Value,
    exp,
    hessian,
    hvp,
    jacobian,
    sin,
    value_and_grad,
)
from autograd_lite.engine import derivatives
from autograd_lite.testing import graphs


def d(f):
    """The derivative alone."""
    return lambda *args: value_and_grad(f)(*args)[1]


# Each is a function of x with derivatives inside, and its value and slope at 3, by hand.
NESTED = {
    "the slope along y of x y² at 1, times x: 2x²": (lambda x: x * d(lambda y: x * y * y)(1.0), 18.0, 12.0),
    "x times a value: x (x + 1)": (lambda x: x * value_and_grad(lambda y: x + y)(1.0)[0], 12.0, 7.0),
    "perturbations are told apart, Siskind and Pearlmutter 2005": (lambda x: x * d(lambda y: x + y)(1.0), 3.0, 1.0),
    "the same with a node: x": (lambda x: x * d(lambda y: x + y)(2.0 * x), 3.0, 1.0),
    "the outer variable by another way: 2x": (lambda x: d(lambda y: x * y + x * x)(1.0) + x, 6.0, 2.0),
    "two inner names for one node: 4x": (lambda x: d(lambda y: y * y + x * y)(x) + x, 12.0, 4.0),
    "nothing of x inside: 4": (lambda x: d(lambda y: y * y)(2.0), 4.0, 0.0),
    "a slope that is constant: x": (lambda x: d(lambda y: x * y)(5.0), 3.0, 1.0),
    "three deep: x y² z³ along z, y: 6xyz² at 1, 1": (
        lambda x: d(lambda y: d(lambda z: x * y * y * z * z * z)(1.0))(1.0), 18.0, 6.0),
    "confusion three deep: x + y + z along z, y": (
        lambda x: x * d(lambda y: y * d(lambda z: x + y + z)(1.0))(1.0), 3.0, 1.0),
    "one inside beside the other": (lambda x: d(lambda y: x * y * y)(1.0) * d(lambda y: x * y)(1.0), 18.0, 12.0),
    "a Jacobian in a gradient: 2x + 1": (
        lambda x: sum(jacobian(lambda y, z: [x * y * y, y * z])(1.0, 1.0)[0]) + jacobian(lambda y: y)(1.0), 7.0, 2.0),
    "a Hessian in a gradient: 6xy + x² at 1": (
        lambda x: hessian(lambda y: x * y**3 + 0.5 * (x * y)**2)(1.0), 27.0, 12.0),
    "an hvp in a gradient: the Hessian of x y z": (
        lambda x: hvp(lambda y, z: x * y * z, [1.0, 2.0])(5.0, 5.0)[0], 6.0, 2.0),
    "an hvp in the direction x: 2x": (lambda x: hvp(lambda y: y * y, x)(5.0), 6.0, 2.0),
    "lists: x² + x": (lambda x: sum(d(lambda p: p[0] * p[1] * x)([x, 1.0])), 12.0, 7.0),
    "a generator: x": (lambda x: jacobian(lambda y: (d(lambda z: x * y * z)(1.0) for _ in "a"))(1.0)[0], 3.0, 1.0),
    "e^(x sin y) along y at 0: x": (lambda x: d(lambda y: exp(x * sin(y)))(0.0), 3.0, 1.0),
}  # fmt: skip


@pytest.mark.parametrize(("f", "value", "slope"), NESTED.values(), ids=NESTED)
def test_nested(f, value, slope):
    """The outer value and slope are right, as floats, by value_and_grad, by jacobian and with a node."""
    assert value_and_grad(f)(3.0) == (value, slope)
    assert jacobian(f)(3.0) == slope
    assert [type(x) for x in value_and_grad(f)(3.0)] == [float, float]
    y, dy = value_and_grad(f)(Value(3.0))
    assert (y.data, dy.data) == (value, slope)


def test_a_direction_of_nodes():
    """Numbers along a direction that has a node give a node, of which the direction is a part."""
    v = Value(2.0)
    y = hvp(lambda x: x**3, v)(5.0)
    y.backward()
    assert (y.data, v.grad) == (60.0, 30.0)


@pytest.mark.parametrize(
    "outer",
    [value_and_grad, jacobian, hessian, lambda f: hvp(f, 1.0)],
    ids=["value_and_grad", "jacobian", "hessian", "hvp"],
)
@pytest.mark.parametrize(
    "inner", [d, jacobian, hessian, lambda f: hvp(f, 1.0)], ids=["gradient", "jacobian", "hessian", "hvp"]
)
def test_kinds_mix(outer, inner):
    """Each kind gives nodes inside each kind, and floats at the top, before and after, also after an error."""
    seen = []

    def f(x):
        seen.append(inner(lambda y: x * y**3)(1.0))
        return x * seen[-1]

    outer(f)(2.0)
    assert [type(x) is not float and isinstance(x, Value) for x in seen] == [True]
    with pytest.raises(ZeroDivisionError):
        outer(lambda x: x * (1 // 0))(2.0)
    assert type(inner(lambda y: y**3)(1.0)) is float
    assert type(inner(lambda y: seen[0] * y**3)(1.0)) is float
    assert derivatives._running == set()


@pytest.mark.thorough
@given(graph=graphs(2, 8, smooth=True))
def test_a_hessian_is_a_jacobian_of_gradients(graph):
    """By nesting, the derivatives of the gradient are the Hessian, to the bit; inside, numbers do as nodes do."""
    point = [leaf.data for leaf in graph.leaves]
    second = hessian(graph)(*point)
    assert jacobian(d(graph))(*point) == second
    if len(point) == 2:
        x, y = point
        assert d(lambda a: d(lambda b: graph(a, b))(y))(x) == second[1][0]
        assert d(lambda b: d(lambda a: graph(a, b))(x))(y) == second[0][1]


# --- threads and tasks ---------------------------------------------------------------------------------------------


def in_a_thread(work):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def test_a_thread_inside():
    """In a thread that is started inside, a result that depends on the outer argument raises; remedies are right."""
    for kind in (d, jacobian, hessian, lambda f: hvp(f, 1.0)):

        def f(x, kind=kind):
            return x * in_a_thread(lambda: kind(lambda y: x * x * y**3)(1.0))

        def right(x, kind=kind):
            return x * in_a_thread(lambda: kind(lambda y: x * x * y**3)(Value(1.0)))

        def copied(x, kind=kind):
            run = contextvars.copy_context().run
            return x * in_a_thread(lambda: run(kind(lambda y: x * x * y**3), 1.0))

        with pytest.raises(RuntimeError, match=r"contextvars\.copy_context\(\)\.run.*or pass .* nodes"):
            value_and_grad(f)(3.0)
        assert value_and_grad(copied)(3.0) == value_and_grad(right)(3.0)
        assert value_and_grad(right)(3.0)[1] == value_and_grad(right)(3.0)[0]  # c x³ at 3
    assert derivatives._running == set()


def test_a_value_that_depends_though_its_slope_does_not():
    """The value counts too; a gradient alone that is the same for every outer argument is a float."""
    slopes = []

    def f(x):
        slopes.append(in_a_thread(lambda: jacobian(lambda y: x + y)(1.0)))
        with pytest.raises(RuntimeError, match="another thread"):
            in_a_thread(lambda: value_and_grad(lambda y: x + y)(1.0))
        return x

    value_and_grad(f)(3.0)
    assert slopes == [1.0]


def test_independent_work_in_other_threads():
    """What does not depend on the arguments of a function that is differentiated elsewhere comes out as floats."""
    w = Value(2.0)
    pool = ThreadPoolExecutor(2)

    def f(x):
        results = list(pool.map(value_and_grad(lambda y: w * y * y), [1.0, 2.0]))
        assert results == [(2.0, 4.0), (8.0, 8.0)]
        assert pool.submit(lambda: value_and_grad(lambda y: x.data * y)(2.0)).result() == (6.0, 3.0)
        return x * results[0][1]

    with pool:
        assert value_and_grad(f)(3.0) == (12.0, 4.0)


def test_many_threads_at_the_top(frequent_switches):
    """Threads that differentiate at the same time, each nested, have floats that are right."""
    f = NESTED["three deep: x y² z³ along z, y: 6xyz² at 1, 1"][0]
    wrong = []

    def work():
        wrong.extend(x for _ in range(30) if (x := value_and_grad(f)(3.0)) != (18.0, 6.0))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert derivatives._running == set()


def test_a_context_that_outlives_the_function():
    """A copy of the context counts as inside as long as the function runs, no longer."""
    contexts = []

    def f(x):
        contexts.append(contextvars.copy_context())
        assert isinstance(contexts[0].run(d(lambda y: y * y), 1.0), Value)
        return x

    value_and_grad(f)(3.0)
    assert type(contexts[0].run(d(lambda y: y * y), 1.0)) is float


def test_tasks_inside():
    """Asynchronous tasks that are run inside are inside, and so is asyncio.to_thread, which copies the context."""

    async def slope(x):
        await asyncio.sleep(0)
        return d(lambda y: x * y * y)(1.0)

    async def both(x):
        return sum(await asyncio.gather(slope(x), asyncio.to_thread(d(lambda y: x * y), 1.0)))

    assert value_and_grad(lambda x: asyncio.run(both(x)) * x)(3.0) == (27.0, 18.0)


def test_results_of_a_generator():
    """A function may be a generator, or return one: all of it runs inside."""

    def f(x):
        yield x * x
        yield d(lambda y: x * y * y)(1.0)

    assert jacobian(f)(3.0) == [6.0, 2.0]


def test_a_generator_is_where_it_runs():
    """A generator that was begun at the top gives nodes while it runs inside, and floats afterwards."""

    def slopes():
        while True:
            yield d(lambda y: y * y)(1.0)

    running = slopes()
    kinds = [type(next(running)) is float]

    def f(x):
        kinds.append(type(next(running)) is float)
        return x

    value_and_grad(f)(3.0)
    kinds.append(type(next(running)) is float)
    assert kinds == [True, False, True]
