"""The JSON libraries, and their like, that values go through: a ready-made converter of `cattrs` for each."""

from collections.abc import Callable
from typing import Any

import pytest
from cattrs.preconf.cbor2 import make_converter as make_cbor2_converter
from cattrs.preconf.json import make_converter as make_json_converter
from cattrs.preconf.msgpack import make_converter as make_msgpack_converter
from cattrs.preconf.msgspec import make_converter as make_msgspec_converter
from cattrs.preconf.orjson import make_converter as make_orjson_converter
from cattrs.preconf.pyyaml import make_converter as make_yaml_converter
from cattrs.preconf.ujson import make_converter as make_ujson_converter

LIBRARIES: dict[str, Callable[[], Any]] = {
    "json": make_json_converter,
    "orjson": make_orjson_converter,
    "msgspec": make_msgspec_converter,
    "ujson": make_ujson_converter,
    "cbor2": make_cbor2_converter,
    "pyyaml": make_yaml_converter,
    "msgpack": make_msgpack_converter,
}

each_library = pytest.mark.parametrize("library", LIBRARIES)
