#!/usr/bin/env bash
# Checks the AWS stand-in with AWS's own library, before the tools are tested on it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
testbed=${TESTBED_DIR:-$here/../../.testbed}
coproc server { exec "$here/run.sh" --until-stdin-closes; }
trap 'kill "$server_PID" 2> /dev/null; wait "$server_PID" 2> /dev/null' EXIT
read -r _ endpoint <&"${server[0]}"
"$testbed/venv/bin/python" "$here/selftest.py" "$endpoint"
