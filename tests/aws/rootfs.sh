#!/usr/bin/env bash
# Makes the guests' root file system, a small Debian with an SSH server, in the folder given.
#   rootfs.sh FOLDER
# The user admin may do everything with sudo, as in Debian's own AMIs.
set -euo pipefail
folder=$1
rm -rf --one-file-system "$folder" "$folder.new"
if [ -n "${TESTBED_ROOTFS_TAR:-}" ]; then
    mkdir -p "$folder.new"
    tar -xpf "$TESTBED_ROOTFS_TAR" -C "$folder.new"
else
    mmdebstrap --quiet --variant=minbase --include=openssh-server,sudo --format=directory \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        bookworm "$folder.new" "${TESTBED_MIRROR:-http://deb.debian.org/debian}"
fi
# A password of "*" cannot be typed; "!" would lock the account for sshd as well.
chroot "$folder.new" useradd --create-home --uid 1000 --shell /bin/bash --password '*' admin
mkdir -p "$folder.new/etc/sudoers.d"
echo 'admin ALL=(ALL) NOPASSWD:ALL' > "$folder.new/etc/sudoers.d/admin"
chmod 440 "$folder.new/etc/sudoers.d/admin"
echo '127.0.0.1 localhost' > "$folder.new/etc/hosts"
rm -f "$folder.new"/etc/ssh/ssh_host_*_key*
for name in reboot shutdown poweroff halt; do
    rm -f "$folder.new/sbin/$name"
    ln -s /run/machine/power "$folder.new/sbin/$name"
done
mv "$folder.new" "$folder"
