"""The databases that stores are tried on: SQLite in a file, and PostgreSQL where one is given.

Run as a script, it starts a PostgreSQL server of its own, runs a command with it, and stops it:

    python tests/databases.py pytest tests/test_storing_a_balance.py
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

POSTGRESQL: Final = os.environ.get("BALANCES_POSTGRESQL", "")
"""The URL of a PostgreSQL whose tables may be dropped. Without one, only SQLite is tried."""

NAMES: Final = ("sqlite", *(("READ COMMITTED", "SERIALIZABLE") if POSTGRESQL else ()))
"""The databases to try. Those of PostgreSQL are named after their isolation level."""


def address(name: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """Return the URL of a database and the options of its engine."""
    if name == "sqlite":
        return f"sqlite:///{folder / 'balances.db'}", {}
    return POSTGRESQL, {"isolation_level": name}


@contextmanager
def server() -> Generator[str]:
    """Start a PostgreSQL server, and give its URL."""
    folder = Path(tempfile.mkdtemp(prefix="balances-", dir="/tmp"))
    user = "nobody" if os.geteuid() == 0 else None  # The server refuses to run as root.
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    control = [_program("pg_ctl"), "-D", str(data), "-w", "-s", "-l", str(folder / "log")]
    # Neither the machine nor the server is killed, so nothing need be on disk.
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=50"
    initialise = [_program("initdb"), "-D", str(data), "-U", "balances", "-A", "trust", "-E", "UTF8", "--no-sync"]
    try:
        subprocess.run(initialise, check=True, user=user, stdout=subprocess.DEVNULL, cwd=folder)
        subprocess.run([*control, "-o", options, "start"], check=True, user=user, cwd=folder)
        try:
            yield f"postgresql+psycopg://balances@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, user=user, cwd=folder)
    finally:
        shutil.rmtree(folder)


def _program(name: str) -> str:
    """Find a program of PostgreSQL, on the path or where Debian keeps it."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, places)))
    if found is None:
        message = f"{name} of PostgreSQL was not found: install PostgreSQL, or put it on the path"
        raise FileNotFoundError(message)
    return found


if __name__ == "__main__":
    with server() as url:
        sys.exit(subprocess.run(sys.argv[1:], check=False, env={**os.environ, "BALANCES_POSTGRESQL": url}).returncode)
