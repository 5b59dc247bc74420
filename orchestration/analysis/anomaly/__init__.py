"""Anomalies in daily costs, found by statistics over arrays.

`panel` is what is read, `detect` goes through the days, `seasons`, `level` and `scale` say what a day should cost,
`evidence` decides, `states` keeps what goes on, `hierarchy` tells one thing once. Nothing here knows files, tables or
the clock.
"""
