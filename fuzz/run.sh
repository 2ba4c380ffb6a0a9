#!/usr/bin/env bash
# Fuzzes every target for some seconds each: run.sh [SECONDS [TARGET…]]. What is found lies in fuzz/artifacts/TARGET.
# FUZZ_CORPUS names a folder with further templates to begin with.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-120}
shift || true
# libFuzzer's counters are behind a switch of nightly compilers, which this opens in a stable one.
export RUSTC_BOOTSTRAP=1
if ! command -v cargo-fuzz > /dev/null; then
    echo "installing cargo-fuzz" >&2
    cargo install cargo-fuzz --locked
fi
mapfile -t all < <(cargo fuzz list)
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")
seeds=$(mktemp -d)
trap 'rm -rf "$seeds"' EXIT

# seed TARGET NAME…: copies the files of these names to the target's first texts.
seed() {
    local into=$seeds/$1 name
    shift
    for name; do
        find ../examples ../validate/tests ../lib ../tests ${FUZZ_CORPUS:+"$FUZZ_CORPUS"} -type f -name "$name" -size -64k \
            -exec cp --backup=numbered -t "$into" {} +
    done
}

# Small disks of every format, where QEMU's tool is there to make them.
disks() {
    local into=$seeds/disk disk
    command -v qemu-img > /dev/null || return 0
    head -c 70000 "$(command -v bash)" > "$into/raw"
    truncate -s 300K "$into/raw"
    while read -r disk; do
        # shellcheck disable=SC2086
        qemu-img convert -f raw ${disk#*=} "$into/raw" "$into/${disk%%=*}"
    done <<< "qcow2=-O qcow2 -o cluster_size=4096
packed=-c -O qcow2 -o cluster_size=4096
vdi=-O vdi
sparse=-O vmdk
stream=-O vmdk -o subformat=streamOptimized"
}

for target in "${all[@]}"; do mkdir "$seeds/$target"; done
for target in json_template go_template boot_command; do seed "$target" '*.json'; done
for target in hcl2 fmt; do seed "$target" '*.pkr.hcl'; done
seed variable_file '*.pkrvars.hcl' '*.pkrvars.json' '*vars*.json'
seed appliance '*.vmx' '*.ovf'
seed archive '*.mf' '*.ovf'
seed record '*.jsonl'
disks
tar -cf "$seeds/archive/ova" -C ../lib/image/tests/fixtures .

for target in "${targets[@]}"; do
    echo "fuzz: $target, $seconds s" >&2
    mkdir -p "corpus/$target"
    length=65536
    [ "$target" != disk ] || length=262144
    # Nothing of ours is unsafe, so memory needs no watching but for its size. One input may take a gigabyte and 20 s at the most.
    cargo fuzz run --sanitizer none "$target" "corpus/$target" "$seeds/$target" -- -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=20 \
        -max_len="$length" -print_final_stats=1
done
