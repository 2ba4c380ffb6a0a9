#!/usr/bin/env bash
# boot-command.sh [TIMES]: types a boot command that waits for its prompts (`<waitScreen …>`) on a machine that starts from the testbed's
# installer, again and again (20 times), while this computer is kept busy: twice as many endless loops as it has processors.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
testbed=${TESTBED_DIR:-$root/.testbed}
times=${1:-20}
folder=$(mktemp -d "${TMPDIR:-/tmp}/kiln-boot-command-XXXXXX")
export XDG_STATE_HOME=$folder/state XDG_CACHE_HOME=$folder/cache PATH=${CARGO_TARGET_DIR:-$root/target}/debug:$PATH
load=()

finish() {
    kill "${load[@]}" 2> /dev/null || true
    build-virtualbox sweep --all > /dev/null || true
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
cat > menu.json << END
{ "builders": [{
    "type": "virtualbox-iso", "driver": "qemu", "vm_name": "menu", "guest_os_type": "Debian_64", "memory": 128, "disk_size": 100,
    "iso_url": "$testbed/guest/installer.iso", "iso_checksum": "none", "headless": true, "communicator": "none", "skip_export": true,
    "boot_command": [
        "<waitScreen \"boot:\" 10m>no-such-system<enter>",
        "<waitScreen \"Loading no-such-system... failed\" 10m>Nor This=One<enter>",
        "<waitScreen \"Loading Nor... failed\" 10m>"
    ]
} ] }
END
for ((i = 0; i < 2 * $(nproc); i++)); do
    while :; do :; done &
    load+=($!)
done
good=0
for ((i = 1; i <= times; i++)); do
    begun=$SECONDS
    validate menu.json 2> /dev/null | build-virtualbox > built.jsonl 2> said || true
    if [ "$(jq -r .status built.jsonl)" = built ]; then
        good=$((good + 1))
        echo "$i: typed, $((SECONDS - begun)) s (load $(cut -d ' ' -f 1 /proc/loadavg))"
    else
        echo "$i: $(jq -r .error.message built.jsonl)"
    fi
done
echo "$good of $times"
[ "$good" = "$times" ]
