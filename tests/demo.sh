#!/usr/bin/env bash
# Builds two AMIs from examples/web.json on the AWS stand-in and looks into one of them; `demo.sh shell` opens
# a shell in which to try more. Writes to a temporary folder only; nothing is left running.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)

title() { printf '\n\033[1m== %s\033[0m\n' "$*" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9]*m//g'; fi; }
shown() { printf '$ %s\n' "$*"; }

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
    export AWS_EC2_METADATA_DISABLED=true XDG_STATE_HOME=$folder/state WEB_TOKEN=a-secret-of-the-demo
    echo "AWS answers at $AWS_ENDPOINT_URL; instances get addresses in 127.0.0.0/8 and answer on SSH"
}

build_images() {
    title "One template, two builds, side by side, to AMIs"
    shown "validate examples/web.json | build-ec2 | provision | postprocess > built.jsonl"
    mkdir "$folder/work" && cd "$folder/work"
    validate "$root/examples/web.json" | build-ec2 | provision | postprocess > built.jsonl
}

show_table() {
    title "What was built"
    {
        printf 'BUILD\tREGION\tAMI\tSECONDS\n'
        jq -r '.build as $build | ([.steps[] | select(.name | startswith("hand over") | not).seconds] | add * 10 | round / 10) as $seconds
            | [.artifacts[] | select(.kind == "ami") | .regions | to_entries[]] | unique[]
            | [$build, .key, .value, $seconds] | @tsv' built.jsonl
    } | column -t -s "$(printf '\t')"
    echo "and beside them: $(ls -m)"
}

look_inside() {
    local ami
    ami=$(jq -r 'select(.build == "web-eu") | [.artifacts[] | select(.kind == "ami")][0].regions["eu-west-1"]' built.jsonl)
    title "Is the page really in the image? A machine started from the copy in Europe shows it"
    shown "validate -var ami=$ami -var region=eu-west-1 examples/look.json | build-ec2 | provision > looked.jsonl"
    validate -var "ami=$ami" -var region=eu-west-1 "$root/examples/look.json" | build-ec2 | provision > looked.jsonl
}

nothing_left() {
    title "What is left on AWS: images and their snapshots, nothing else"
    curl -s "$AWS_ENDPOINT_URL/_sim/state?account=000000000001" |
        jq -r 'del(.regions) | to_entries | map("\(.key | gsub("_"; " ")): \(.value | length)") | join(", ")'
}

say_what_next() {
    title "Next"
    cat << 'TEXT'
  tests/demo.sh shell                  a shell with this AWS and the tools in it: try the lines above
  build-ec2 --help                     what a tool reads and writes
  jq . built.jsonl                     a build's record: options, steps, artifacts
  README.md, docs/                     recipes, and the same on the real AWS
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
