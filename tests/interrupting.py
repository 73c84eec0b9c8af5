"""Ctrl-C at any step of some files' code, as a signal could come at any of them."""

__all__ = ["Interrupter"]


class Interrupter:
    """Raises KeyboardInterrupt at the n-th step of the code of some files; to be given to `sys.settrace`.

    `event` is "line" or "opcode", `inside` says of the name of a file whether its steps count.
    """

    def __init__(self, at, event, inside):
        self.at, self.event, self.inside, self.count, self.places = at, event, inside, 0, []

    def __call__(self, frame, event, arg):
        """Count a step, and raise at the one that was asked for."""
        if not self.inside(frame.f_code.co_filename):
            return None
        frame.f_trace_opcodes = self.event == "opcode"
        if event == self.event:
            self.count += 1
            self.places.append(frame.f_code.co_qualname)
            if self.count == self.at:
                raise KeyboardInterrupt
        return self
