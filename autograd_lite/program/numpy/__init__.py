"""Programs on NumPy's arrays, a lane each for rows of data, parameters or rates."""

__all__ = ()
