"""How well anomalies are found: `python -m tests.bench.anomaly`.

Belongs here: worlds of daily costs with labelled events (`worlds`), made as hard as `difficulty.yml` says, and the
count of what the detector finds in them. Does not belong here: the detector (`orchestration/analysis/anomaly`).
"""
