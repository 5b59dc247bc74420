"""The benchmark: `python -m tests.bench --lines 10000000`, or `make bench`.

Belongs here: measuring the product from outside, against one query written by hand, and what is to be reached.
Each module does one thing: `data` makes the export, `fused` runs the query, `product` runs the product, `compare` holds
one result against the other, `process` measures a process, `figures` computes and `table` prints.
"""
