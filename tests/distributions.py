"""Refuse distributions that lack what they should hold, or hold more."""

import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHIPPED = ("balances", "tests", "docs")
BESIDE = ("LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml")
MADE_BY_TOOLS = ("__pycache__", "_build")


def sources(folder: str) -> set[str]:
    found = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.as_posix() for path in found if not set(path.parts).intersection(MADE_BY_TOOLS)}


def wheel_faults(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    return held ^ sources("balances")


def sdist_faults(path: Path) -> set[str]:
    with tarfile.open(path) as sdist:
        held = {name.partition("/")[2] for name in sdist.getnames()}
    return set(BESIDE).union(*map(sources, SHIPPED)) - held


def main(folder: Path) -> int:
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    faults = {wheel.name: wheel_faults(wheel), sdist.name: sdist_faults(sdist)}
    for name, files in faults.items():
        print(name, "is wrong about:" if files else "is whole", *sorted(files))
    return int(any(faults.values()))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
