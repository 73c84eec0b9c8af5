"""Writing files whole or not at all: failures at every step, ctrl-C, a killed process, permissions."""

import contextlib
import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograd_lite.storage import files
from autograd_lite.storage.files import write_whole

ROOT = Path(files.__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="permissions and signals of POSIX")


@pytest.fixture
def old(tmp_path):
    """A file that is there before."""
    path = tmp_path / "report.csv"
    path.write_bytes(b"old")
    return path


def _untouched(path):
    return path.read_bytes() == b"old" and list(path.parent.iterdir()) == [path]


# --- when all goes well -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "written"),
    [("a\nb", b"a\nb"), ("a\r\nb", b"a\r\nb"), ("∂E/∂w", "∂E/∂w".encode()), (b"\xff\x00", b"\xff\x00"), ("", b"")],
)
def test_text_is_written_as_utf_8_and_bytes_as_they_are(tmp_path, content, written):
    """Line ends are not translated on any system; the path is returned, as a Path, for text paths too."""
    path = tmp_path / "x"
    assert write_whole(path, content) == path
    assert path.read_bytes() == written
    assert write_whole(str(path), content) == path
    assert isinstance(write_whole(str(path), content), Path)
    assert list(tmp_path.iterdir()) == [path]


def test_an_old_file_is_replaced(old):
    """Writing over a longer file leaves nothing of it."""
    old.write_bytes(b"x" * 100_000)
    write_whole(old, "new")
    assert old.read_bytes() == b"new"
    assert list(old.parent.iterdir()) == [old]


def test_a_path_relative_to_the_current_folder(tmp_path, monkeypatch):
    """A bare file name means the current folder."""
    monkeypatch.chdir(tmp_path)
    assert write_whole("x.txt", "new") == Path("x.txt")
    assert (tmp_path / "x.txt").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "𝔼" * 63, "-x", ".hidden", "a b'\"%s{}", "..x"])
def test_any_file_name_that_the_system_takes(tmp_path, name):
    """A name as long as the file system allows, or an odd one, is no problem for the temporary name beside it."""
    path = tmp_path / name
    try:
        path.touch()
    except OSError:
        pytest.skip("this file system does not take the name")
    write_whole(path, "new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@posix
@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077, 0o002, 0o000])
def test_permissions_are_those_of_an_ordinary_new_file(tmp_path, mask):
    """The file has the permissions that open() would give under the umask, and the umask is as before."""
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "x", "new")
        with (tmp_path / "y").open("w"):
            pass
        after = os.umask(mask)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "xy"]
    assert modes == [0o666 & ~mask] * 2
    assert after == mask


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755])
def test_a_file_that_was_there_keeps_its_permissions(old, monkeypatch, unnamed, mode):
    """A private file stays private, whatever the umask, and is so from the moment at which it is there."""
    old.chmod(mode)
    chmod, first = Path.chmod, []

    def look(path, wanted):
        first.append(stat.S_IMODE(path.stat().st_mode))
        assert (path.parent == old.parent) is not unnamed
        assert path.stat().st_size == 0
        chmod(path, wanted)

    monkeypatch.setattr(Path, "chmod", look)
    before = os.umask(0o022)
    try:
        write_whole(old, "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(old.stat().st_mode) == mode
    assert old.read_bytes() == b"new"
    assert first == [0o600]


@posix
def test_a_file_that_was_there_keeps_its_owner(old, monkeypatch, unnamed):
    """Owner and group are those of the old file; where the system refuses that, the file is written all the same."""
    there = old.stat()
    asked = []

    def refuse(_path, user, group):
        asked.append((user, group))
        raise PermissionError(errno.EPERM, "Operation not permitted")

    if os.geteuid() == 0:
        os.chown(old, 65534, 65533)
        write_whole(old, "new")
        assert (old.stat().st_uid, old.stat().st_gid) == (65534, 65533)
        os.chown(old, there.st_uid, there.st_gid)
    monkeypatch.setattr(os, "chown", refuse)
    write_whole(old, "newer")
    assert asked == [(there.st_uid, there.st_gid)]
    assert old.read_bytes() == b"newer"
    monkeypatch.delattr(os, "chown")  # as on Windows
    write_whole(old, "newest")
    assert old.read_bytes() == b"newest"


def test_writers_at_the_same_time_do_not_mix(tmp_path):
    """Of many writers of one file one wins, whole; nothing of the others is left."""
    path = tmp_path / "x"
    contents = [bytes([k]) * 50_000 for k in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_whole(path, content), contents))
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


# --- when something fails -----------------------------------------------------------------------------------------


class _Failing:
    """A file whose write puts half of the content down and then raises."""

    def __init__(self, handle, error):
        self.file, self.error = open(handle, "wb"), error  # noqa: PTH123, SIM115

    def write(self, data):
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        raise self.error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


@pytest.fixture(params=[True, False], ids=["unnamed", "named"])
def unnamed(request, monkeypatch):
    """With files that have no name until they are whole, where there are such; and without."""
    if not request.param:
        monkeypatch.setattr(files, "UNNAMED", os.O_WRONLY)  # opening a folder to write fails as on other systems
    return request.param and hasattr(os, "O_TMPFILE")


FAILURES = [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), MemoryError()]


@pytest.mark.parametrize("error", FAILURES)
def test_a_failure_while_writing_leaves_the_old_file(old, monkeypatch, error, unnamed):
    """Half of the content written, then a full disk or ctrl-C: the old file is there, whole, and no litter."""
    monkeypatch.setattr(files, "open", lambda handle, _mode: _Failing(handle, error), raising=False)
    with pytest.raises(type(error)):
        write_whole(old, "new" * 1000)
    monkeypatch.undo()
    assert _untouched(old)


@pytest.mark.parametrize("error", FAILURES)
@pytest.mark.parametrize("step", ["chmod", "replace"])
def test_a_failure_beside_writing_leaves_the_old_file(old, monkeypatch, error, step, unnamed):
    """If the permissions cannot be set or the new file not moved into place, the old one stays, and no litter."""

    def fail(*_args):
        raise error

    monkeypatch.setattr(Path, step, fail)
    with pytest.raises(type(error)):
        write_whole(old, "new")
    monkeypatch.undo()
    assert _untouched(old)


def test_a_failure_names_the_file_that_was_asked_for(old, monkeypatch):
    """The error has its kind and number, and the name of the file, not that of the temporary one."""
    error = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(files, "open", lambda handle, _mode: _Failing(handle, error), raising=False)
    with pytest.raises(OSError, match=r"No space left on device: '.*report\.csv'$") as caught:
        write_whole(old, "new")
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(old))
    assert ".tmp" not in str(caught.value)


@posix
def test_a_file_size_limit_leaves_the_old_file(old):
    """The same with a real failure of the operating system: beyond the size limit for files."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))  # Python ignores the signal, so write() fails
    try:
        with pytest.raises(OSError, match=r"report\.csv") as caught:
            write_whole(old, b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.errno == errno.EFBIG
    assert _untouched(old)


def test_a_missing_folder_is_an_error_that_names_the_file(tmp_path):
    """A folder that is not there is not made; the error names the whole path."""
    path = tmp_path / "missing" / "x.csv"
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(path, "new")
    assert caught.value.filename == str(path)
    assert caught.value.strerror == os.strerror(errno.ENOENT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self/comm").exists(), reason="needs a folder of Linux that takes no new files")
def test_a_folder_that_takes_no_new_files():
    """A file that is there, in a folder in which none can be made, is not said to be missing."""
    with pytest.raises(FileNotFoundError, match="its folder takes no new files: '/proc/self/comm'"):
        write_whole("/proc/self/comm", "new")


def test_a_file_in_place_of_the_folder(old):
    """A path through a file is a NotADirectoryError (on Windows a FileNotFoundError) that names the path."""
    with pytest.raises((NotADirectoryError, FileNotFoundError)) as caught:
        write_whole(old / "x.csv", "new")
    assert caught.value.filename == str(old / "x.csv")
    assert _untouched(old)


def test_a_folder_in_place_of_the_file(tmp_path):
    """A folder is not replaced by a file: an OSError that names it, and no litter."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder") as caught:
        write_whole(folder, "new")
    assert caught.value.filename == str(folder)
    assert caught.value.errno != errno.EINVAL  # what is said of a pipe
    assert list(tmp_path.iterdir()) == [folder]
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices of POSIX")
def test_what_is_no_file_stays_what_it_is(tmp_path):
    """A pipe or a device, or a link to one, is not replaced by a file: an OSError that names it and says why."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to("/dev/null")
    for path in (pipe, link):
        with pytest.raises(OSError, match="it is a pipe or a device, not a file") as caught:
            write_whole(path, "new")
        assert (caught.value.errno, caught.value.filename) == (errno.EINVAL, str(path))
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert stat.S_ISCHR(link.stat().st_mode)
    assert sorted(tmp_path.iterdir()) == [link, pipe]


@pytest.mark.parametrize("end", ["/", "//", "/."])
def test_a_name_that_is_that_of_a_folder(old, monkeypatch, end):
    """A path that ends in a separator names a folder, whether it is there or not: an error that names it."""
    monkeypatch.chdir(old.parent)
    for path in (f"new{end}", f"report.csv{end}", f"{old.parent}{end}"):
        with pytest.raises(IsADirectoryError, match="a name with this end is that of a folder") as caught:
            write_whole(path, "new")
        assert caught.value.filename == path
    assert _untouched(old)


@contextlib.contextmanager
def _as_an_ordinary_user():
    """Root may write anywhere; so for a moment be nobody."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except OSError:
        pytest.skip("root here cannot become another user")
    try:
        yield
    finally:
        os.seteuid(0)


@posix
def test_a_read_only_folder_is_an_error_that_names_the_file():
    """In a folder that may not be written to: PermissionError with the path, and the old file as it was."""
    folder = Path(tempfile.mkdtemp())  # not tmp_path, whose parents only their owner may enter
    path = folder / "x.csv"
    path.write_bytes(b"old")
    try:
        folder.chmod(0o555)
        with _as_an_ordinary_user(), pytest.raises(PermissionError) as caught:
            write_whole(path, "new")
        assert caught.value.filename == str(path)
        assert _untouched(path)
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


@posix
def test_a_read_only_file_is_an_error_that_names_it():
    """A file that may not be written to is not replaced, though its folder would allow that: PermissionError."""
    folder = Path(tempfile.mkdtemp())  # not tmp_path, whose parents only their owner may enter
    path = folder / "x.csv"
    path.write_bytes(b"old")
    path.chmod(0o444)
    folder.chmod(0o777)
    try:
        with _as_an_ordinary_user(), pytest.raises(PermissionError) as caught:
            write_whole(path, "new")
        assert (caught.value.errno, caught.value.filename) == (errno.EACCES, str(path))
        assert _untouched(path)
    finally:
        shutil.rmtree(folder)


def test_content_that_is_no_text_leaves_the_old_file(old):
    """A number in place of the content is an error before or while writing, and the old file stays."""
    with pytest.raises((TypeError, AttributeError)):
        write_whole(old, 5)
    assert _untouched(old)


# --- at any moment ------------------------------------------------------------------------------------------------


# An interrupt between the block of `with` and its end leaves closing to the collector, which warns.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_at_any_line_leaves_a_whole_file(tmp_path, unnamed):
    """Interrupted at any line, the file is the old one or the new one, and nothing is beside it."""

    def lines(at, path):
        """Write, interrupted at that line, counted from 1; return how many lines ran."""
        seen = 0

        def trace(frame, event, _arg):
            nonlocal seen
            if frame.f_code.co_filename != files.__file__:
                return None
            if event == "line":
                seen += 1
                if seen == at:
                    raise KeyboardInterrupt
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            write_whole(path, b"new" * 1000)
        finally:
            sys.settrace(before)
        return seen

    path = tmp_path / "x"
    path.write_bytes(b"old")
    total = lines(0, path)
    assert total >= 20
    contents = set()
    for at in range(1, total + 1):
        path.write_bytes(b"old")
        with pytest.raises(KeyboardInterrupt):
            lines(at, path)
        contents.add(path.read_bytes())
        assert list(tmp_path.iterdir()) == [path]
    assert contents == {b"old", b"new" * 1000}


KILLED = """
import os, sys
from autograd_lite.storage import files

class Slow:
    def __init__(self, handle, mode):
        self.file = open(handle, mode)
    def write(self, data):
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        print("half", flush=True)
        sys.stdin.read()  # until killed
    def __enter__(self):
        return self
    def __exit__(self, *_):
        self.file.close()

files.open = Slow
if sys.argv[2] == "named":
    files.UNNAMED = os.O_WRONLY
files.write_whole(sys.argv[1], b"n" * 20_000_000)
"""


@posix
def test_a_process_killed_while_writing_leaves_the_old_file(old, unnamed):
    """With kill -9 at 10 of 20 million bytes written: the old file, whole, and on Linux nothing beside it.

    Where the new file has a name from the start, the half of it stays, and is in nobody's way.
    """
    command = [sys.executable, "-c", KILLED, str(old), "unnamed" if unnamed else "named"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"half\n"
        process.kill()
        process.wait(30)
    assert old.read_bytes() == b"old"
    rest = [path for path in old.parent.iterdir() if path != old]
    assert [path.stat().st_size for path in rest] == ([] if unnamed else [10_000_000])
    assert all(path.name.startswith(".") for path in rest)
    write_whole(old, "new")
    assert old.read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files without names are those of Linux")
@pytest.mark.parametrize("step", ["open", "link"])
def test_a_file_system_without_files_that_have_no_name(old, monkeypatch, step):
    """Where such a file is refused, or a name for it, as without /proc, the file is written with a name."""
    done = getattr(os, step)
    refused = []

    def refuse(where, *rest, **options):
        if step == "link" or rest[0] & os.O_TMPFILE == os.O_TMPFILE:
            refused.append(where)
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return done(where, *rest, **options)

    monkeypatch.setattr(os, step, refuse)
    write_whole(old, "new")
    monkeypatch.undo()
    assert len(refused) == 1
    assert old.read_bytes() == b"new"
    assert list(old.parent.iterdir()) == [old]
