"""The native columns that tell a FOCUS column, as a macro: `macros/native_columns.sql`, written from `focus_gaps.csv`.

dbt compiles models without looking into seeds, so what the staging models count has to stand in a macro.
`python -m orchestration.formats.native_columns` writes it anew; a test fails where it was forgotten.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
MACRO = PROJECT / "macros" / "native_columns.sql"
REFERENCE = PROJECT / "seeds" / "reference"

_HEAD = """\
{#- FOCUS columns of which requirements ask that they are filled: by format, the native columns that tell them. Written
    from seeds/reference/focus_gaps.csv by `python -m orchestration.formats.native_columns`. -#}
{% macro native_columns() -%}
    {{ return({
"""
_FOOT = """\
    }) }}
{%- endmacro %}
"""


def text() -> str:
    """Write the macro."""
    with (REFERENCE / "focus_requirements.csv").open(encoding="utf-8") as handle:
        filled = {
            row["requirement_id"]: row["column_name"] for row in csv.DictReader(handle) if row["kind"] == "filled"
        }
    natives: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    with (REFERENCE / "focus_gaps.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            # a FOCUS export says itself what it leaves open: it is judged as it was delivered
            if row["requirement_id"] in filled and row["native_column"] and row["format"] != "focus":
                native = row["native_column"]
                native = f"nullif({native}, {row['empty_value']})" if row["empty_value"] else native
                natives[_snake(filled[row["requirement_id"]])][row["format"]].append(native)
    lines = []
    for column, formats in sorted(natives.items()):
        lines.append(f"        '{column}': {{")
        lines += [f"            '{name}': {found}," for name, found in sorted(formats.items())]
        lines.append("        },")
    return _HEAD + "\n".join([*lines, _FOOT])


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


if __name__ == "__main__":
    MACRO.write_text(text(), encoding="utf-8")
