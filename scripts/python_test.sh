#!/usr/bin/env bash
# Tests the Python module and the packages, in a virtual environment below the target folder.
#
#   scripts/python_test.sh               without libraries: tests that need one are skipped and counted
#   scripts/python_test.sh --libraries   installs NumPy, pandas, Matplotlib, scikit-learn and others first, and checks the types
#
# PYTHON chooses the Python, 3.9 or newer.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
python=${PYTHON:-python3}
libraries='numpy pandas polars pyarrow pillow matplotlib plotly scikit-learn xgboost-cpu blake3 mypy'

venv=$target/python-test/$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
if [ "${1:-}" = --libraries ]; then
    # shellcheck disable=SC2086
    "$venv/bin/pip" install --quiet --disable-pip-version-check $libraries
    (cd python && "$venv/bin/mypy" --cache-dir "$target/python-test/mypy")
fi
(cd python/tests && PYTHONPATH=.. "$venv/bin/python" -B -m unittest --buffer)
if "$python" -c 'import tomllib' 2>/dev/null; then "$python" -B scripts/test_wheel.py --quiet --buffer; fi
