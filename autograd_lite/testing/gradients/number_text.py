"""Numbers in messages of checks: exact ones, ones with an uncertainty, and ratios."""

import math

__all__ = ["exactly", "ratio", "short", "uncertain", "uncertainty"]


def exactly(x: float) -> str:
    """Return all digits that tell the float from others, with a true minus sign.

    >>> exactly(-0.1), exactly(2.0), exactly(1e-300)
    ('−0.1', '2.0', '1e−300')
    """
    return repr(x).replace("inf", "∞").replace("-", "−")


def short(x: float) -> str:
    """Return a number in up to six digits, with a true minus sign.

    >>> short(-0.1000000001), short(1.0), short(math.inf)
    ('−0.1', '1', '∞')
    """
    return f"{x:.6g}".replace("inf", "∞").replace("-", "−")


def uncertainty(x: float) -> str:
    """Return an uncertainty with one digit, rounded up.

    >>> uncertainty(2.04e-11), uncertainty(0.5), uncertainty(0.0), uncertainty(9.5)
    ('3e−11', '0.5', '0', '10')
    """
    if x == 0.0 or not math.isfinite(x):
        return short(x)
    mantissa, exponent = f"{x:.6e}".split("e")
    power, digit = int(exponent), math.ceil(float(mantissa))
    if digit == 10:
        power, digit = power + 1, 1
    if -4 <= power < 4:
        return f"{digit * 10**power}" if power >= 0 else f"{digit / 10**-power:.{-power}f}"
    return f"{digit}e{power}".replace("-", "−")


def uncertain(value: float, error: float) -> str:
    """Return a number to the last digit that its uncertainty leaves, and one more, with the uncertainty.

    >>> uncertain(12.000000000012, 2e-9), uncertain(-0.5, 0.25), uncertain(3.2e-8, 4e-20)
    ('12.0000000000 ± 2e−9', '−0.50 ± 0.3', '3.2000000000000e−8 ± 4e−20')
    """
    if not math.isfinite(value):
        return short(value)
    if error == 0.0 or not math.isfinite(error):
        return exactly(value) if error == 0.0 else f"{value:.3g} ± ∞".replace("-", "−")
    last = 1 - math.floor(math.log10(error))  # decimal places
    if value == 0.0:
        return f"0 ± {uncertainty(error)}"
    size = math.floor(math.log10(abs(value)))
    if -4 <= size < 16 and last <= 20:
        text = f"{value:.{max(last, 0)}f}"
    else:
        text = f"{value:.{min(max(size + last, 0), 17)}e}"
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return f"{text} ± {uncertainty(error)}".replace("-", "−")


def ratio(x: float) -> str:
    """Return a ratio in few digits.

    >>> ratio(0.04), ratio(3.21), ratio(1234.0), ratio(5.61e11), ratio(math.inf)
    ('0.04', '3.2', '1,234', '6e11', '∞')
    """
    if math.isinf(x):
        return "∞"
    if x < 0.1:
        return f"{x:.1g}" if x >= 1e-3 else "0"
    if x < 10.0:
        return f"{x:.1f}"
    if x < 99999.5:
        return f"{x:,.0f}"
    mantissa, exponent = f"{x:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"
