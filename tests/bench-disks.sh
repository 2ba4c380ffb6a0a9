#!/usr/bin/env bash
# Measures our stream-optimized VMDK beside qemu-img's, from one raw disk of 4 GiB, half full with this machine's own files, on two cores
# and from warm caches. Rewrites the table in docs/disks.md. `tests/bench-disks.sh [DISK]` takes another raw disk.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d "${TMPDIR:-/var/tmp}/bench-disks.XXXXXX")
page=$root/docs/disks.md
trap 'rm -rf "$folder"' EXIT

say() { printf 'bench-disks: %s\n' "$*" >&2; }

# A file system with 2 GiB of programs, libraries and texts, in a disk of 4 GiB.
make_disk() {
    mkdir "$folder/tree"
    find /usr /opt -xdev -type f -size -64M -printf '%s %p\n' | LC_ALL=C sort -k 2 |
        awk '(taken += $1 + 2048) < 2^31 {sub(/^[0-9]+ [/]/, ""); print}' > "$folder/files"
    tar -C / -cf - --no-recursion -T "$folder/files" | tar -C "$folder/tree" -xf -
    truncate -s 4G "$folder/disk.raw"
    mke2fs -q -F -t ext4 -d "$folder/tree" "$folder/disk.raw"
    rm -rf "$folder/tree"
}

# Prints wall seconds, CPU seconds and memory in MiB of a command.
measure() {
    local times
    times=$( { taskset -c 0,1 /usr/bin/env time -f '%e %U %S %M' "$@" > "$folder/said"; } 2>&1 | tail -1)
    awk '{printf "%.1f %.1f %.0f\n", $1, $2 + $3, $4 / 1024}' <<< "$times"
}

(cd "$root" && cargo build --quiet --release -p image --example convert)
convert=${CARGO_TARGET_DIR:-$root/target}/release/examples/convert
disk=${1:-$folder/disk.raw}
[ -n "${1:-}" ] || { say "making a disk of 4 GiB, half full"; make_disk; }
cat "$disk" > /dev/null
say "qemu-img"
read -r qemu_wall qemu_cpu qemu_memory < <(measure qemu-img convert -O vmdk -o subformat=streamOptimized "$disk" "$folder/qemu.vmdk")
say "Kiln"
read -r kiln_wall kiln_cpu kiln_memory < <(measure "$convert" "$disk" "$folder/kiln.vmdk" streamOptimized)
qemu-img compare -q -f raw -F vmdk "$disk" "$folder/kiln.vmdk"

qemu_size=$(stat -c %s "$folder/qemu.vmdk") kiln_size=$(stat -c %s "$folder/kiln.vmdk")
ratio() { awk "BEGIN {printf \"%.$3f\", $2 / $1}"; }
{
    echo "| | Kiln | qemu-img | qemu-img / Kiln |"
    echo "| --- | ---: | ---: | ---: |"
    echo "| seconds | $kiln_wall | $qemu_wall | $(ratio "$kiln_wall" "$qemu_wall" 1) |"
    echo "| CPU seconds | $kiln_cpu | $qemu_cpu | $(ratio "$kiln_cpu" "$qemu_cpu" 1) |"
    echo "| memory, MiB | $kiln_memory | $qemu_memory | $(ratio "$kiln_memory" "$qemu_memory" 1) |"
    echo "| size of the result, bytes | $kiln_size | $qemu_size | $(ratio "$kiln_size" "$qemu_size" 3) |"
    echo
    echo "Measured on $(date -u +%F) by \`tests/bench-disks.sh\` at $(git -C "$root" rev-parse --short HEAD) with $(qemu-img --version | head -1)," \
        "on 2 of $(nproc) cores, load before it $(cut -d' ' -f1 /proc/loadavg)$([ -z "${1:-}" ] || echo ", with a disk of its own: $(du -m "$disk" | cut -f1) MiB of $(($(stat -c %s "$disk") >> 20))")." \
        "Kiln's figures include the SHA-256 of the result."
} > "$folder/table.md"
sed -i -e "/<!-- numbers -->/,/<!-- end -->/{/<!-- numbers -->/r $folder/table.md
/<!-- numbers -->\|<!-- end -->/!d}" "$page"
cat "$folder/table.md"
