"""Writing files whole or not at all."""

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

__all__ = ["write_whole"]

UNNAMED = getattr(os, "O_TMPFILE", 0) | os.O_WRONLY  # where there is no such flag: a folder, which cannot be written to
NAMED = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)  # Windows would change line ends


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write `content` (text as UTF-8) to a file that then takes the place of the one at `path`; return the path.

    At no moment is there a half-written file at `path`: after an error, ctrl-C or a crash the old one is still there,
    whole. On Linux nothing is beside it either, since the new file has no name before it is whole; only a process that
    is killed in the instant between the two steps, naming and replacing, leaves the new one, whole, under a name that
    begins with a dot. Where a system or a file system has no files without names, a killed process leaves a part.

    A file that was there keeps its permissions, and its owner and group as far as the system allows that. A new one has
    those that open() would give it.

    Raises `OSError` (a missing folder, no permission, a full disk, a pipe or a device), naming the path.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    temporary = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}.tmp")
    old = _old(path)
    try:
        try:
            _write(data, old, temporary, unnamed=True)
        except OSError:  # there are no such files here; or it fails again, and says why
            _write(data, old, temporary, unnamed=False)
        temporary.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):  # most often there is none
            temporary.unlink()
        if isinstance(error, OSError):
            # Where the system makes all files itself (/proc), a new one is "No such file or directory".
            missing = isinstance(error, FileNotFoundError) and target.parent.is_dir()
            reason = "its folder takes no new files" if missing else error.strerror
            raise type(error)(error.errno, reason, os.fspath(path)) from None
        raise
    return Path(path)


def _old(path: str | os.PathLike[str]) -> os.stat_result | None:
    """What is known of the file that is there, if one is; an error if it is none, or may not be written to."""
    if os.path.split(path)[1] in {"", "."}:
        raise OSError(errno.EISDIR, "a name with this end is that of a folder", os.fspath(path))
    try:
        old = Path(path).stat()
    except FileNotFoundError:
        return None
    if not (stat.S_ISREG(old.st_mode) or stat.S_ISDIR(old.st_mode)):  # replace() has its own error for a folder
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", os.fspath(path))
    if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
    return old


def _write(data: bytes, old: os.stat_result | None, temporary: Path, *, unnamed: bool) -> None:
    """Write a file that has the name `temporary`, from the start or only when it is whole."""
    place, flags = (temporary.parent, UNNAMED) if unnamed else (temporary, NAMED)
    handle = os.open(place, flags, 0o666 if old is None else 0o600)
    with open(handle, "wb") as file:  # noqa: PTH123  (a descriptor, not a path)
        here = Path(f"/proc/self/fd/{handle}") if unnamed else temporary
        if old is not None:  # before there is anything to read
            with contextlib.suppress(OSError), contextlib.suppress(AttributeError):  # not allowed; not on Windows
                os.chown(here, old.st_uid, old.st_gid)
            here.chmod(stat.S_IMODE(old.st_mode))
        file.write(data)
        file.flush()
        os.fsync(handle)  # so that a loss of power cannot leave the new name with nothing in it
        if unnamed:
            os.link(here, temporary, src_dir_fd=handle)  # any folder: without one Python does not follow the link
