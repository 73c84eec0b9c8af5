"""Shown, the base of what has a display in notebooks."""

__all__ = ["Shown"]


class Shown:
    """What a notebook shows as HTML; how, stands in the table of `displays`, above all rooms that it draws on."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from autograd_lite.displays import display

        return display(self)
