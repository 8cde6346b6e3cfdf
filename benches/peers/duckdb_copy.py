#!/usr/bin/env python3
"""What DuckDB takes for a bare COPY of a CSV file to Parquet: no profile, no list of problems, no checks, no digests.

usage: duckdb_copy.py CSV PARQUET THREADS      prints seconds and peak memory as JSON
"""
import json
import sys
import time

import duckdb

csv, parquet, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
connection = duckdb.connect()
connection.execute(f"SET threads = {threads}")
connection.execute("SET enable_progress_bar = false")
begun = time.perf_counter()
connection.execute(
    f"COPY (SELECT * FROM read_csv('{csv}')) TO '{parquet}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
)
seconds = time.perf_counter() - begun
with open("/proc/self/status") as status:
    peak_kib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
print(json.dumps({"version": duckdb.__version__, "seconds": seconds, "peak_bytes": peak_kib * 1024}))
