#!/usr/bin/env bash
# Measures Kiln beside Packer 1.6.6 (Debian's package) in one run on this machine: checking templates, one build and eight builds
# on the AWS stand-in with its default delays. Rewrites the table in docs/bench.md.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
page=$root/docs/bench.md

say() { printf 'bench: %s\n' "$*" >&2; }

finish() {
    [ -z "${server_PID:-}" ] || { kill "$server_PID" && wait "$server_PID"; } 2> /dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

for tool in packer hyperfine; do
    if ! command -v $tool > /dev/null; then
        say "installing the Debian package $tool"
        if [ "$(id -u)" = 0 ]; then apt-get -qq install -y $tool; else sudo apt-get -qq install -y $tool; fi
    fi
done

say "building the tools with optimisation (about ten minutes the first time)"
(cd "$root" && cargo build --quiet --release --workspace --exclude kiln-tests)
export PATH=${CARGO_TARGET_DIR:-$root/target}/release:$PATH
export CHECKPOINT_DISABLE=1 XDG_STATE_HOME=$folder/state HOME=$folder AWS_EC2_METADATA_DISABLED=true
export AWS_ACCESS_KEY_ID=AKIABENCH000000000001 AWS_SECRET_ACCESS_KEY=bench AWS_REGION=us-east-1

coproc server { exec "$root/tests/aws/run.sh" --until-stdin-closes; }
read -r _ AWS_ENDPOINT_URL <&"${server[0]}"
export AWS_ENDPOINT_URL

# A template with so many builds, for both.
template() {
    jq -n --argjson count "$1" --arg endpoint "$AWS_ENDPOINT_URL" '{
        builders: [range($count) | {
            name: "build-\(.)", type: "amazon-ebs", region: "us-east-1", custom_endpoint_ec2: $endpoint,
            skip_region_validation: true, skip_credential_validation: true, skip_metadata_api_check: true,
            source_ami_filter: {filters: {name: "debian-12-amd64-*"}, owners: ["136693071363"], most_recent: true},
            instance_type: "t3.micro", ssh_username: "admin", ami_name: "build-\(.)-{{timestamp}}-{{uuid}}"
        }],
        provisioners: [{type: "shell", inline: ["echo made | sudo tee /etc/made"]}]
    }'
}
template 1 > "$folder/one.json"
template 8 > "$folder/eight.json"

start() { hyperfine -N --warmup 5 --export-json "$folder/start.json" "$1" > /dev/null 2>&1 && jq '.results[0].median * 1000 * 10 | round / 10' "$folder/start.json"; }
measure() { python3 "$root/tests/measure.py" "$1"; }
kiln() { measure "validate $folder/$1.json | build-ec2 2> /dev/null | provision 2> /dev/null | postprocess 2> /dev/null"; }
packer_build() { measure "packer build $folder/$1.json"; }

say "checking"
start_kiln=$(start "validate $folder/one.json") start_packer=$(start "packer validate $folder/one.json")
mkdir "$folder/many"
for number in $(seq 1000); do sed "s/\"build-0/\"build-$number/" "$folder/one.json" > "$folder/many/$number.json"; done
many=$(start "validate $folder/many")
say "one build: Kiln, then Packer"
one_kiln=$(kiln one) one_packer=$(packer_build one)
say "eight builds: Kiln, then Packer"
eight_kiln=$(kiln eight) eight_packer=$(packer_build eight)

row() { printf '| %s | %s | %s | %s |\n' "$1" "$2" "$3" "$(jq -n "($3) / ($2) * 10 | round / 10")"; }
value() { jq ".$2" <<< "$1"; }
table() {
    echo "| | Kiln | Packer 1.6.6 | Packer / Kiln |"
    echo "| --- | ---: | ---: | ---: |"
    row 'check a template, ms (`validate`; `packer validate`)' "$start_kiln" "$start_packer"
    printf '| check 1,000 templates in one call: ms | %s | | |\n' "$many"
    row 'one build, s' "$(value "$one_kiln" seconds)" "$(value "$one_packer" seconds)"
    row 'one build, MiB' "$(value "$one_kiln" mebibytes)" "$(value "$one_packer" mebibytes)"
    row 'eight builds, s' "$(value "$eight_kiln" seconds)" "$(value "$eight_packer" seconds)"
    row 'eight builds, MiB' "$(value "$eight_kiln" mebibytes)" "$(value "$eight_packer" mebibytes)"
    row 'eight builds, processes' "$(value "$eight_kiln" processes)" "$(value "$eight_packer" processes)"
    echo
    echo "Measured on $(date -u +%F) by \`make bench\` at $(git -C "$root" rev-parse --short HEAD), $(nproc) cores. Exit status of the builds:" \
        "Kiln $(value "$one_kiln" status) and $(value "$eight_kiln" status), Packer $(value "$one_packer" status) and $(value "$eight_packer" status)."
}
table > "$folder/table.md"
sed -i -e "/<!-- numbers -->/,/<!-- end -->/{/<!-- numbers -->/r $folder/table.md
/<!-- numbers -->\|<!-- end -->/!d}" "$page"
cat "$folder/table.md"
