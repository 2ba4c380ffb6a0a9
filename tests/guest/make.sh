#!/usr/bin/env bash
# make.sh FOLDER: makes a tiny Linux guest from Debian packages: FOLDER/disk.img (a raw disk that boots to an SSH server, on
# BIOS and UEFI), FOLDER/installer.iso (a CD that installs the same), FOLDER/key and key.pub, with which root and packer
# log in; their password is `packer`. See docs/testing.md. Needs root and apt on Debian or Ubuntu; mounts nothing.
# GUEST_KERNEL=cloud takes the kernel that boots sooner but has few drivers.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
here=$(cd "$(dirname "$0")" && pwd)
[ $# = 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
into=$1
mkdir -p "$into"
work=$(mktemp -d "${TMPDIR:-/tmp}/kiln-guest-XXXXXX")
trap 'rm -rf "$work"' EXIT
. "$here/packages.sh"
. "$here/kernel.sh"
. "$here/system.sh"
. "$here/start/partitions.sh"

# A disk of 160 MiB: 1 MiB for the partition table, 32 MiB for the kernel, the rest for the root file system.
make_disk() {
    local disk=$work/disk.img boot=$((32 * 2048)) sectors=$((160 * 2048)) begin=$((33 * 2048))
    initial_system "$work/initrd"
    boot_partition "$work/initrd" "$work/boot.fat" 32
    truncate -s $((sectors * 512)) "$disk"
    partition_table /usr/lib/SYSLINUX/mbr.bin "$boot" "$sectors" | dd of="$disk" conv=notrunc status=none
    dd if="$work/boot.fat" of="$disk" bs=1M seek=1 conv=notrunc,sparse status=none
    mke2fs -q -F -t ext4 -b 1024 -m 0 -L guestroot -J size=1 -O '^metadata_csum,^64bit,^resize_inode' \
        -E "offset=$((begin * 512)),lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0" \
        -d "$work/root" "$disk" $(((sectors - begin) / 2))k 2> /dev/null
    cp --sparse=always "$disk" "$into/disk.img.new"
    mv "$into/disk.img.new" "$into/disk.img"
}

# A CD whose boot loader waits at `boot:` for `install answers=http://ADDRESS:PORT/FILE`. BIOS only.
make_installer() {
    local cd=$work/cd extra=$work/extra
    mkdir -p "$cd/isolinux" "$extra"
    boot_partition "$work/initrd" "$work/small.fat" 20
    gzip -1 -c "$work/small.fat" > "$cd/boot.fat.gz"
    tar -C "$work/root" -cz --numeric-owner --owner=0 --group=0 -f "$cd/root.tgz" .
    head -c 440 /usr/lib/SYSLINUX/mbr.bin > "$cd/mbr.bin"
    cp "$here/start/partitions.sh" "$cd/"
    install -m 755 "$here/start/installer" "$extra/installer"
    install -m 755 "$here/root/udhcpc.sh" "$extra/udhcpc.sh"
    initial_system "$cd/initrd" "$extra"
    cp "$work/vmlinuz" "$cd/vmlinuz"
    cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$cd/isolinux/"
    printf 'DEFAULT install\nPROMPT 1\nTIMEOUT 0\nSAY %s\nLABEL install\n  KERNEL /vmlinuz\n  INITRD /initrd\n  APPEND %s\n' \
        "tiny guest installer.  Type:  install answers=http://HOST:PORT/FILE" "$arguments" > "$cd/isolinux/isolinux.cfg"
    xorriso -as mkisofs -quiet -o "$into/installer.iso.new" -V TINYGUEST -J -R -b isolinux/isolinux.bin \
        -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table "$cd" 2> "$work/xorriso.log" ||
        { cat "$work/xorriso.log" >&2; exit 1; }
    mv "$into/installer.iso.new" "$into/installer.iso"
}

[ -e "$into/key" ] || ssh-keygen -q -t ed25519 -N '' -C kiln-testbed -f "$into/key"
kernel=$(kernel_package)
[ -n "$kernel" ] || { echo "apt knows no kernel for the guest" >&2; exit 1; }
fetch "$kernel" "${programs[@]}" "${libraries[@]}"
unpack_kernel "$kernel"
unpack_programs
root_system "$work/root"
make_disk
make_installer
# Made by root for whoever called sudo.
chown -R "${SUDO_UID:-0}:${SUDO_GID:-0}" "$into"
