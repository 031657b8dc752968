"""Tell which mutants of a session of `cosmic-ray` live, and are not known to change no answer.

`python tests/mutation/tell_survivors.py SESSION [PLACE]` ends with 1 if there is any such mutant. A place is the
beginning of a path, such as `usage/`. With `--forget`, it forgets their results, so that `try_mutants.py` tries them
again.
"""

import sqlite3
import sys
from collections import Counter
from typing import Any

from mutants import WORK_DB, Mutant, equivalents, pending, survivors


def main(session: str, place: str = "", *flags: str) -> int:
    """Print the unexplained ones, the counts of each folder, and the lines listed for no mutant that lives."""
    known = equivalents()
    living = [mutant for mutant in survivors(session) if mutant.file.startswith(place)]
    unexplained = [mutant for mutant in living if mutant.key not in known]
    for mutant in unexplained:
        print(f"{mutant.file}:{mutant.lines.start}\n  - {mutant.text('-')}\n  + {mutant.text()}")
    _tell_counts(session, place, living, unexplained)
    keys = {mutant.key for mutant in living}
    for key in known:
        if key[0].startswith(place) and key not in keys:
            print(f"listed, but not alive: {': '.join(key)}")
    if "--forget" in flags:
        with sqlite3.connect(session) as database:
            database.executemany("delete from work_results where job_id = ?", [(mutant.job,) for mutant in unexplained])
    left = len(pending(session))
    print(f"{left} are not tried yet")
    return 1 if unexplained or left else 0


def _tell_counts(session: str, place: str, living: list[Mutant], unexplained: list[Mutant]) -> None:
    def folders(mutants: list[Mutant]) -> Counter[str]:
        return Counter(mutant.file.partition("/")[0] for mutant in mutants)

    with WORK_DB.use_db(session) as database:
        done: list[Any] = [each for each in database.completed_work_items if each[1].worker_outcome == "normal"]
    files = [(item.mutations[0].module_path.relative_to("balances").as_posix(), result.output) for item, result in done]
    tried = Counter(file.partition("/")[0] for file, _ in files if file.startswith(place))
    senseless = Counter(file.partition("/")[0] for file, output in files if output.startswith("no Python"))
    alive, open_ = folders(living), folders(unexplained)
    print("folder: tried, no Python, killed, equivalent, unexplained")
    for folder in sorted(tried):
        killed = tried[folder] - senseless[folder] - alive[folder]
        counts = tried[folder], senseless[folder], killed, alive[folder] - open_[folder], open_[folder]
        print(f"{folder}: {', '.join(map(str, counts))}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
