"""Fuzz sequences of operations, guided by the coverage of the package.

`PYTHONPATH=tests python tests/fuzz/fuzz_sequences.py -max_total_time=600 -len_control=0 -max_len=300 CORPUS` takes the
options of libFuzzer, and needs `atheris`. `corpus_of_sequences.txt` has inputs that were found, in hexadecimal, and
`tests/laws/test_sequences.py` tries them again.
"""

import sys
from importlib import import_module
from typing import Any, Final

ATHERIS: Final[Any] = import_module("atheris")

with ATHERIS.instrument_imports(include=["balances"]):
    one_input: Final[Any] = import_module("sequences").one_input

if __name__ == "__main__":
    ATHERIS.Setup(sys.argv, one_input)
    ATHERIS.Fuzz()
