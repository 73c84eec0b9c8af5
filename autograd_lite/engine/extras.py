"""How to install what is optional: the command that is right for how the package itself came here."""

from pathlib import Path

__all__ = ["install"]

NAME = "autograd-lite"


def install(extra: str) -> str:
    """Return the command that installs the optional `extra`, such as "viz".

    In a clone that is the clone itself, editable; for a package that was installed from a folder or a repository, that
    one again; else the name of the package.
    """
    root = Path(__file__).resolve().parents[2]
    if (root / "pyproject.toml").is_file():
        here = "." if root == Path.cwd() else root
        return f'pip install -e "{here}[{extra}]"'
    return f'pip install "{_source(extra)}"'


def _source(extra: str) -> str:
    """What to install: as pip recorded it, PEP 610, or by the name."""
    import json  # these take longer to import than the package itself
    from importlib import metadata
    from urllib.parse import urlparse
    from urllib.request import url2pathname

    try:
        recorded = json.loads(metadata.distribution(NAME).read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        recorded = {}
    url = recorded.get("url", "")
    if "vcs_info" in recorded:
        return f"{NAME}[{extra}] @ {recorded['vcs_info'].get('vcs', 'git')}+{url}"
    if "dir_info" in recorded and (folder := Path(url2pathname(urlparse(url).path))).is_dir():
        return f"{'.' if folder == Path.cwd() else folder}[{extra}]"
    return f"{NAME}[{extra}]"
