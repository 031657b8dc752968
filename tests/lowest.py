"""Install the oldest release of each dependency that `pyproject.toml` allows."""

import subprocess
import sys
import tomllib
from pathlib import Path


def lowest() -> list[str]:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]
    requirements: list[str] = [*project["dependencies"], *project["optional-dependencies"]["testing"]]
    return [requirement.replace(">=", "==") for requirement in requirements]


if __name__ == "__main__":
    print(*lowest())
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *lowest()], check=True)
    subprocess.run([sys.executable, "-m", "pip", "check"], check=True)
