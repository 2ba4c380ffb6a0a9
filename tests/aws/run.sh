#!/usr/bin/env bash
# Starts the AWS stand-in: run.sh [options]; run.sh --help lists them. It prints
# "ready http://127.0.0.1:PORT" when it answers, and ends on SIGTERM.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
testbed=${TESTBED_DIR:-$here/../../.testbed}
python=$testbed/venv/bin/python
if [ ! -x "$python" ] || [ ! -d "$testbed/rootfs" ]; then
    echo "the testbed is not there; 'make setup' makes it" >&2
    exit 1
fi
command=(env PYTHONPATH="$here" PYTHONDONTWRITEBYTECODE=1 "$python" -m standin --base "$(realpath "$testbed/rootfs")" "$@")
if [ "$(id -u)" != 0 ]; then
    exec sudo "${command[@]}"
fi
exec "${command[@]}"
