#!/usr/bin/env bash
# Builds one template for three platforms: an AMI on a stand-in for AWS, a VMware machine and a VirtualBox appliance in QEMU.
# Then looks into what was built. `demo.sh shell` opens a shell in which to try more. Writes to a temporary folder only;
# nothing is left running.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
guest=${TESTBED_DIR:-$root/.testbed}/guest
folder=$(mktemp -d)

title() { printf '\n\033[1m== %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi; }
shown() { printf '$ %s\n' "$*"; }

# Runs a command of ours; where no terminal shows a status line, leaves out the lines that say how far the tools are.
briefly() {
    if [ -t 2 ]; then "$@"; return; fi
    local steps='fetch|verify|make|create|start|serve|boot wait|type|wait|upload|connect|running the|hand over|shut|stop|capture|export|remove|clean|driver'
    "$@" 2> >(grep --line-buffered -vE "(: ($steps)\b)|done after|\([0-9]+ (s|min)[^)]*\)$|[0-9]%" >&2)
    wait $!
}

finish() {
    [ -z "${server_PID:-}" ] || { kill "$server_PID" && wait "$server_PID"; } 2> /dev/null || true
    rm -rf "$folder"
}

build_tools() {
    title "Building the tools (the first time takes some minutes: the AWS library is large)"
    (cd "$root" && cargo build --quiet --workspace --all-targets)
    PATH=${CARGO_TARGET_DIR:-$root/target}/debug:$PATH
}

# Starts the stand-in and points the AWS library of the tools at it.
start_aws() {
    title "Starting a stand-in for AWS: moto's API, with instances that really run, on this machine"
    coproc server { exec "$root/tests/aws/run.sh" --dir "$folder/aws" --until-stdin-closes; }
    read -r _ AWS_ENDPOINT_URL <&"${server[0]}"
    export AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID=AKIADEMO000000000001 AWS_SECRET_ACCESS_KEY=demo AWS_REGION=us-east-1
    export AWS_EC2_METADATA_DISABLED=true XDG_STATE_HOME=$folder/state XDG_CACHE_HOME=$folder/cache
    echo "AWS answers at $AWS_ENDPOINT_URL; instances get addresses in 127.0.0.0/8 and answer on SSH"
}

everywhere() {
    validate -var iso_url=guest.iso -var iso_checksum=file:SHA256SUMS "$root/examples/everywhere.json" |
        build-ec2 | build-vmware | build-virtualbox | provision | postprocess > built.jsonl
}

build_images() {
    title "One template, three platforms, side by side; VMware and VirtualBox need not be installed"
    mkdir "$folder/work" && cd "$folder/work"
    cp "$guest/installer.iso" guest.iso
    sha256sum guest.iso > SHA256SUMS
    shown "validate -var iso_url=guest.iso -var iso_checksum=file:SHA256SUMS examples/everywhere.json |"
    shown "    build-ec2 | build-vmware | build-virtualbox | provision | postprocess > built.jsonl"
    briefly everywhere
}

show_table() {
    title "What was built"
    {
        printf 'BUILD\tSECONDS\tRESULT\tMIB\n'
        jq -r '.build as $build
            | ([.steps[] | select(.name | startswith("hand over") | not).seconds] | add | round) as $seconds
            | .artifacts[0]
            | if .kind == "ami" then [$build, $seconds, .id, ""]
              else (.files[] | [$build, $seconds, .path, (.size / 1048576 * 10 | round / 10)]) end
            | @tsv' built.jsonl
    } | column -t -s "$(printf '\t')"
    echo "and beside them: $(ls -m)"
}

look() {
    validate -var "ami=$1" -var "ova=$2" "$root/examples/look.json" | build-ec2 | build-virtualbox | provision > looked.jsonl
}

look_inside() {
    local ami ova
    ami=$(jq -r 'select(.build == "aws") | .artifacts[0].regions["us-east-1"]' built.jsonl)
    ova=$(jq -r 'select(.build == "virtualbox") | .artifacts[0].files[].path | select(endswith(".ova"))' built.jsonl)
    title "Is the page in the images? New machines of the AMI and the appliance show it"
    shown "validate -var ami=$ami -var ova=$ova examples/look.json | build-ec2 | build-virtualbox | provision > looked.jsonl"
    briefly look "$ami" "$ova"
}

nothing_left() {
    title "What is left: on AWS an image and its snapshot, here no process and no folder"
    curl -s "$AWS_ENDPOINT_URL/_sim/state?account=000000000001" |
        jq -r 'del(.regions) | to_entries | map("\(.key | gsub("_"; " ")): \(.value | length)") | join(", ")'
    shown "build-ec2 sweep; build-vmware sweep; build-virtualbox sweep"
    for tool in build-ec2 build-vmware build-virtualbox; do $tool sweep; done
}

say_what_next() {
    title "Next"
    cat << 'TEXT'
  VBoxManage import output-virtualbox/web.ova        the appliance, into VirtualBox
  vmrun start output-vmware/web.vmx                  the machine, in VMware Workstation or Fusion
  examples/vagrant-box.sh < built.jsonl              Vagrant boxes of both
  tests/demo.sh shell                                a shell with this AWS and the tools in it: try the lines above
  build-virtualbox --help                            what a tool reads and writes
  README.md, docs/                                   recipes, templates for Debian, Ubuntu, AlmaLinux, and the same on the real AWS
TEXT
}

trap finish EXIT
build_tools
start_aws
if [ "${1:-}" = shell ]; then
    echo "leave with exit; everything is gone then"
    cd "$root" && "${SHELL:-bash}" -i || true
    exit
fi
build_images
show_table
look_inside
nothing_left
say_what_next
