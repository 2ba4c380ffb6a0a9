#!/usr/bin/env bash
# killed.sh [ROUNDS]: a whole pipeline builds the tiny guest for three platforms under QEMU; at a random moment one of its tools, chosen at random,
# gets a `kill -9`. When the others have ended, the builders sweep. Says for each round what is left then: processes, work folders, files of builds
# that are over, results of which no record tells. Exit status 1 when anything was. Needs `make setup` and `cargo build --workspace`.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
guest=${TESTBED_DIR:-$root/.testbed}/guest
rounds=${1:-20}
folder=$(mktemp -d "${TMPDIR:-/tmp}/kiln-killed-XXXXXX")
export XDG_STATE_HOME=$folder/state XDG_CACHE_HOME=$folder/cache PATH=${CARGO_TARGET_DIR:-$root/target}/debug:$PATH
tools=(validate build-vmware build-virtualbox build-qemu provision postprocess)
builders=(build-vmware build-virtualbox build-qemu)

finish() {
    for tool in "${builders[@]}"; do "$tool" sweep --all > /dev/null 2>&1 || true; done
    rm -rf "$folder"
}
trap finish EXIT
mkdir "$folder/work" "$folder/base" && cd "$folder/work"

# The guest's disk as a machine of VMware's, and that as an appliance.
sources() {
    qemu-img convert -f raw -O vmdk -o adapter_type=lsilogic "$guest/disk.img" ../base/disk.vmdk
    cat > ../base/base.vmx << 'END'
config.version = "8"
virtualHW.version = "21"
guestOS = "debian12-64"
displayName = "base"
memsize = "256"
scsi0.present = "TRUE"
scsi0.virtualDev = "lsilogic"
scsi0:0.present = "TRUE"
scsi0:0.fileName = "disk.vmdk"
ethernet0.present = "TRUE"
ethernet0.connectionType = "nat"
ethernet0.virtualDev = "e1000"
END
    cat > ../base/base.json << 'END'
{ "builders": [ { "type": "vmware-vmx", "driver": "qemu", "source_path": "../base/base.vmx", "vm_name": "base", "format": "ova",
    "headless": true, "communicator": "none", "output_directory": "../base/ova" } ] }
END
    validate ../base/base.json | build-vmware > ../base/built.jsonl
}

template() {
    cat > web.json << END
{ "builders": [
    { "name": "vmware", "type": "vmware-vmx", "driver": "qemu", "source_path": "../base/base.vmx", $1 },
    { "name": "virtualbox", "type": "virtualbox-ovf", "driver": "qemu", "source_path": "../base/ova/base.ova", "guest_additions_mode": "disable", $1 },
    { "name": "qemu", "type": "qemu", "iso_url": "$guest/disk.img", "iso_checksum": "none", "disk_image": true, "disk_size": "200M",
      "format": "qcow2", "accelerator": "tcg", $1 } ],
  "provisioners": [ { "type": "shell", "inline": ["echo made > /etc/made", "sync"] } ],
  "post-processors": [ { "type": "checksum", "checksum_types": ["sha256"], "output": "{{.BuildName}}.sums" } ] }
END
}

# One run of the pipeline, in a session of its own.
pipeline() {
    setsid bash -c 'validate web.json | build-vmware | build-virtualbox | build-qemu | provision | postprocess > built.jsonl' 2> said &
    session=$!
}

# Processes of the session, with this name where one is given (Linux keeps 15 bytes of it).
processes() { pgrep -s "$session" ${1:+-x "${1:0:15}"} || true; }

left() {
    local process place
    for process in /proc/[0-9]*; do
        { tr '\0' '\n' < "$process/environ" | grep -qxF "XDG_STATE_HOME=$XDG_STATE_HOME" &&
            grep -qz '^KILN_MACHINE_OF=' "$process/environ" && echo "process: $(tr '\0' ' ' < "$process/cmdline")"; } 2> /dev/null || true
    done
    find . -maxdepth 1 -name '.kiln-*' -printf 'folder: %f\n'
    find "$XDG_STATE_HOME/kiln" -mindepth 2 ! -name log ! -name 'console.*' -printf 'state: %P\n' 2> /dev/null || true
    for place in output-*; do
        name=${place#output-}
        [ ! -e "$place" ] || jq -e --arg name "$name" -s 'any(.build == $name and .status == "built")' built.jsonl > /dev/null || echo "result: $place"
    done
}

sources
template '"vm_name": "web", "headless": true, "ssh_username": "root", "ssh_password": "packer", "ssh_timeout": "10m", "shutdown_command": "poweroff"'
begun=$EPOCHREALTIME
pipeline
wait "$session"
whole=$(awk "BEGIN { print int(1000 * ($EPOCHREALTIME - $begun)) }")
[ "$(jq -r 'select(.status == "built").build' built.jsonl | wc -l)" = 3 ] || { cat said; exit 1; }
echo "a whole run takes $whole ms"
bad=0
for ((round = 1; round <= rounds; round++)); do
    rm -rf output-* ./*.sums built.jsonl
    tool=${tools[RANDOM % ${#tools[@]}]}
    after=$(((RANDOM * 32768 + RANDOM) % whole))
    pipeline
    sleep "$(awk "BEGIN { print $after / 1000 }")"
    victim=$(processes "$tool" | shuf -n 1)
    [ -z "$victim" ] || kill -9 "$victim" 2> /dev/null || true
    wait "$session" || true
    # A builder that a killed provision had started cleans up by itself.
    while [ -n "$(processes)" ]; do sleep 0.1; done
    for builder in "${builders[@]}"; do
        "$builder" sweep > /dev/null 2>> swept || { echo "$builder sweep failed:"; cat swept; bad=1; }
    done
    found=$(left)
    echo "$round: $tool${victim:+ killed} after $after ms: ${found:-nothing is left}"
    [ -z "$found" ] || { bad=1; cat said swept; }
    rm -f swept
done
exit "$bad"
