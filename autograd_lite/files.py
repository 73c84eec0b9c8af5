"""Writing files whole or not at all."""

import os
import tempfile
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write `content` (text as UTF-8) to `path` by way of a temporary file beside it, and return the path.

    At no moment is there a half-written file: after an error, ctrl-C or a crash the old one is still there, whole.

    Raises `OSError` (a missing folder, no permission, a full disk), naming the path.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    # As open() would have made it; mkstemp makes files that only their owner may read.
    mask = os.umask(0)
    os.umask(mask)
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".tmp", dir=target.parent)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(target)) from None
    try:
        with open(handle, "wb") as file:  # noqa: PTH123  (a descriptor, not a path)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # so that a loss of power cannot leave the new name with nothing in it
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(target)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise type(error)(error.errno, error.strerror, str(target)) from None
        raise
    return Path(path)
