"""Refuse distributions that lack what they should hold, that hold more, or that a second build makes otherwise."""

import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHIPPED = ("balances", "tests", "docs", ".ci")
BESIDE = ("LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml")
BY_THE_BUILD = ("PKG-INFO", ".gitignore")
MADE_BY_TOOLS = ("__pycache__", "_build")


def sources(folder: str) -> set[str]:
    found = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.as_posix() for path in found if not set(path.parts).intersection(MADE_BY_TOOLS)}


def wheel_faults(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as wheel:
        held = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
    return faults_of(held, sources("balances"))


def sdist_faults(path: Path) -> set[str]:
    with tarfile.open(path) as sdist:
        files = [(member.name.partition("/")[2], sdist.extractfile(member)) for member in sdist.getmembers()]
        held = {name: file.read() for name, file in files if file and name not in BY_THE_BUILD}
    return faults_of(held, set(BESIDE).union(*map(sources, SHIPPED)))


def faults_of(held: dict[str, bytes], expected: set[str]) -> set[str]:
    """Return the files that are held or expected and not both, and those that differ from the checkout."""
    changed = {name for name in expected & held.keys() if held[name] != (ROOT / name).read_bytes()}
    return (expected ^ held.keys()) | changed


def main(once: Path, again: Path) -> int:
    (wheel,), (sdist,) = once.glob("*.whl"), once.glob("*.tar.gz")
    faults = {wheel: wheel_faults(wheel), sdist: sdist_faults(sdist)}
    for path, files in faults.items():
        print(path.name, "is wrong about:" if files else "is whole", *sorted(files))
    changed = [path.name for path in faults if path.read_bytes() != (again / path.name).read_bytes()]
    print("built twice, and", "different: " + ", ".join(changed) if changed else "the same, byte by byte")
    return int(any(faults.values()) or bool(changed))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
