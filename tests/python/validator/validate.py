"""Runs in the validator's own environment: `python validate.py LINES.parquet RESULT.json`; says what each rule found.

The validator looks for one of its files beside the current folder, and writes a log there: run it in a folder of its
own that has the package in it.
"""

import json
import sys

from focus_validator.validator import Validator

lines, result = sys.argv[1:]
validator = Validator(
    data_filename=lines,
    data_format="parquet",
    output_destination=None,
    output_type="console",
    rules_version="1.2",
    focus_dataset="CostAndUsage",
    rules_block_remote_download=True,
    applicability_criteria="ALL",
)
validator.load()
found = validator.spec_rules.validate(
    validator.focus_data, show_violations=False, data_filename=lines, data_row_count=validator.data_row_count
)
rules = {}
for name, entry in found.by_rule_id.items():
    details = entry.get("details") or {}
    rules[name] = {
        "passed": bool(entry.get("ok")),
        "violations": details.get("violations"),
        "message": str(details.get("message") or details.get("error") or ""),
    }
with open(result, "w") as handle:  # noqa: PTH123 - the validator's Python, not ours
    json.dump(rules, handle)
