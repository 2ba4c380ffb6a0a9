#!/usr/bin/env bash
# Makes the testbed in .testbed/ (or $TESTBED_DIR): system packages, a Python environment, the guests' root file
# system, a tiny guest, the real VirtualBox. What is there already is left alone, so this is quick the second time.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
testbed=${TESTBED_DIR:-$root/.testbed}
mkdir -p "$testbed"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# Runs a command as root.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs the Debian packages that are missing.
packages() {
    local wanted=(build-essential pkg-config libssl-dev perl git curl jq tar util-linux openssh-client openssh-server
        python3 python3-venv mmdebstrap bsdextrautils bsdutils bzip2 lz4 pigz unzip xz-utils
        qemu-system-x86 qemu-utils ovmf
        e2fsprogs dosfstools mtools syslinux syslinux-common syslinux-efi isolinux xorriso cpio patchelf genisoimage debian-archive-keyring)
    if ! command -v dpkg-query > /dev/null; then
        say "this is not Debian or Ubuntu; install the like of: ${wanted[*]}"
        return
    fi
    local package missing=()
    for package in "${wanted[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing packages: ${missing[*]}"
    as_root apt-get -qq update
    install_packages --no-remove "${missing[@]}" && return 0
    # A qemu-utils from backports keeps the release's QEMU away: take both from the release.
    say "trying again with the release's own qemu-utils"
    install_packages --allow-downgrades "${missing[@]}" "qemu-utils/$(. /etc/os-release && echo "$VERSION_CODENAME")"
}

install_packages() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y "$@" > /dev/null
}

# Installs moto, the AWS API that the stand-in is built around, into an environment of its own.
python_environment() {
    local wanted="$root/tests/aws/requirements.txt" venv="$testbed/venv"
    cmp -s "$wanted" "$venv/requirements.txt" && return 0
    say "installing moto and boto3 with pip into $venv"
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$venv/requirements.txt"
}

# Makes the guests' root file system.
guest_files() {
    local recipe="$root/tests/aws/rootfs.sh"
    cmp -s "$recipe" "$testbed/rootfs.made-by" && [ -d "$testbed/rootfs" ] && return 0
    say "making the guests' file system with mmdebstrap in $testbed/rootfs (about a minute)"
    as_root "$recipe" "$testbed/rootfs"
    cp "$recipe" "$testbed/rootfs.made-by"
}

# Makes the tiny guest that is installed and booted in virtual machines.
tiny_guest() {
    local guest="$testbed/guest" recipe
    recipe=$(cd "$root/tests/guest" && find . -type f | sort | xargs sha256sum)
    [ "$recipe" = "$(cat "$guest/made-by" 2> /dev/null)" ] && return 0
    say "making a tiny guest from Debian packages in $guest (about half a minute)"
    as_root env GUEST_KERNEL="${GUEST_KERNEL:-generic}" "$root/tests/guest/make.sh" "$guest"
    echo "$recipe" > "$guest/made-by"
}

# Sets up the real VirtualBox, without its kernel driver (tests/virtualbox/setup.sh).
virtualbox() {
    as_root "$root/tests/virtualbox/setup.sh" "$testbed/virtualbox"
}

if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null || fail "the testbed starts machines in namespaces, which needs root: run this as root, or install sudo"
fi
command -v cargo > /dev/null || fail "there is no Rust here; install it from https://rustup.rs (1.95 or newer)"
packages
python_environment
guest_files
tiny_guest
virtualbox
say "the testbed is ready in $testbed"
