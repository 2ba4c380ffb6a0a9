#!/usr/bin/env bash
# Sets up the real VirtualBox of Debian's sid on Debian 12 or later, without its kernel driver, and makes
# DIR/VBoxManage and DIR/VBoxManage-qemu. What is there already is left alone.
#
#   tests/virtualbox/setup.sh DIR        # as root; DIR: .testbed/virtualbox
#
#   VIRTUALBOX_MIRROR   Debian mirror with sid (default: the machine's own)
#   VIRTUALBOX_APT_OPTIONS   more options for apt-get, such as -o Acquire::Check-Valid-Until=false for a stale mirror
#
# VirtualBox has its folder compiled in and wants a real one of root's: /usr/lib/virtualbox. Sid's libraries, its libc
# among them, go to /usr/lib/virtualbox/private, where only VirtualBox finds them. A VirtualBox that somebody else has
# installed is used as it is.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
testbed=$(cd "$1" && pwd)
home=/usr/lib/virtualbox
work=$testbed/work

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# Runs a command whose output is of interest only when it fails.
quietly() {
    "$@" > "$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; fail "this failed: $*"; }
}

# Writes the programs that tests call: the real one, with the setting that machines without driver need in each
# settings home, and the one that boots machines under QEMU.
wrappers() {
    local real=$1
    cat > "$testbed/VBoxManage.new" << END
#!/bin/sh
# Made by tests/virtualbox/setup.sh: the real VBoxManage; machines run interpreted where there is no driver.
settings=\${VBOX_USER_HOME:-\$HOME/.config/VirtualBox}
if [ ! -c /dev/vboxdrv ] && ! grep -qs FallbackToIEM "\$settings/VirtualBox.xml"; then
    $real setextradata global VBoxInternal/HM/FallbackToIEM 1 > /dev/null
fi
exec $real "\$@"
END
    chmod 755 "$testbed/VBoxManage.new"
    mv "$testbed/VBoxManage.new" "$testbed/VBoxManage"
    install -m 755 "$here/VBoxManage-qemu" "$testbed/VBoxManage-qemu"
    cat "$here/setup.sh" "$here/driverless.c" "$here/VBoxManage-qemu" > "$testbed/made-by"
}

# The machine's own Debian mirror, from its apt sources in either form.
mirror() {
    cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2> /dev/null |
        awk '$1 == "URIs:" { print $2 } $1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i; break } }' |
        grep -E '/debian/?$' | head -n 1
}

# Makes a private state for apt, so that the machine's own sources stay as they are. Signatures are checked.
private_apt() {
    local uri=${VIRTUALBOX_MIRROR:-$(mirror || true)}
    [ -n "$uri" ] || uri=http://deb.debian.org/debian
    local state=$work/apt
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    : > "$state/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri sid main contrib" > "$state/sources.list"
    cat > "$state/apt.conf" << END
Dir::State "$state"; Dir::State::status "$state/status"; Dir::State::lists "$state/lists";
Dir::Cache "$state"; Dir::Cache::archives "$state/archives";
Dir::Etc::SourceList "$state/sources.list"; Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null"; Dir::Etc::PreferencesParts "/dev/null";
Acquire::Languages "none"; Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Sandbox::User "root";
END
    read -r -a apt_options <<< "${VIRTUALBOX_APT_OPTIONS:-}"
    quietly env APT_CONFIG="$state/apt.conf" apt-get "${apt_options[@]}" update
}

cache() { APT_CONFIG=$work/apt/apt.conf apt-cache "$@"; }

# Downloads VirtualBox and the libraries that it needs without a screen: no X11, GL, SDL, SOAP, Python, kernel modules.
download() {
    local wanted packages
    wanted=$(cache show --no-all-versions virtualbox | sed -n 's/^Depends: //p' | tr ',|' '\n\n' |
        awk '/^ *(lib|zlib1g)/ && !/^ *(libgl|libgsoap|libsdl|libx11|libxt)/ { print $1 }')
    [ -n "$wanted" ] || fail "Debian's sid has no package virtualbox on this architecture"
    # shellcheck disable=SC2086  # a list of names
    packages=$(cache depends --recurse -i $wanted 2> /dev/null | grep -E '^(lib|zlib1g)' | grep -v gconv | sort -u)
    mkdir -p "$work/packages"
    # shellcheck disable=SC2086
    (cd "$work/packages" && quietly env APT_CONFIG="$work/apt/apt.conf" apt-get "${apt_options[@]}" download virtualbox $packages)
}

# Unpacks the packages to $work/virtualbox, which is laid out as /usr/lib/virtualbox will be.
lay_out() {
    local package unpacked=$work/unpacked
    mkdir -p "$unpacked"
    for package in "$work"/packages/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x -C "$unpacked" --exclude='./usr/share' --exclude='*/gconv' \
            --exclude='*/vboxwebsrv' --exclude='*/webtest' --exclude='*/sdk' --exclude='*-arm*' --exclude='*/bin' --exclude='./etc'
    done
    mv "$unpacked/usr/lib/virtualbox" "$work/virtualbox"
    mkdir "$work/virtualbox/private"
    find "$unpacked" -maxdepth 4 -path '*/x86_64-linux-gnu/*' \( -type f -o -type l \) -name '*.so*' \
        -exec cp -a {} "$work/virtualbox/private/" \;
}

# Makes all programs and libraries use the private ones.
redirect() {
    local file loader=$home/private/ld-linux-x86-64.so.2
    [ -e "$work/virtualbox/private/${loader##*/}" ] || fail "the packages have no dynamic loader"
    find "$work/virtualbox" -path '*/private' -prune -o -type f \( -perm -100 -o -name '*.so' \) -print | while read -r file; do
        [ "$(head -c 4 "$file" | tail -c 3)" = ELF ] || continue
        case $file in *.so) ;; *) patchelf --set-interpreter "$loader" "$file" ;; esac
        patchelf --force-rpath --set-rpath "$home:$home/private" "$file"
    done
    mv "$work/virtualbox/VBoxHeadless" "$work/virtualbox/VBoxHeadless.hardened"
    quietly cc -O1 -Wall -Wextra -o "$work/virtualbox/VBoxHeadless" "$here/driverless.c" -rdynamic \
        -L"$work/virtualbox" -l:VBoxRT.so -ldl -Wl,--unresolved-symbols=ignore-in-shared-libs \
        -Wl,--dynamic-linker="$loader" -Wl,--disable-new-dtags -Wl,-rpath,"$home:$home/private"
}

install_it() {
    chown -R root:root "$work/virtualbox"
    find "$work/virtualbox" -type d -exec chmod 755 {} +
    : > "$work/virtualbox/.testbed"
    rm -rf "$home"
    cp -a "$work/virtualbox" "$home"
    "$home/VBoxManage" --version > /dev/null || fail "$home/VBoxManage does not run"
}

# Whether /usr/lib/virtualbox is there and was made by this script or its like.
ours() { [ -x "$home/VBoxManage" ] && [ -e "$home/.testbed" ] && [ -e "$home/VBoxHeadless.hardened" ]; }

cat "$here/setup.sh" "$here/driverless.c" "$here/VBoxManage-qemu" | cmp -s - "$testbed/made-by" && [ -x "$testbed/VBoxManage" ] &&
    "$testbed/VBoxManage" --version > /dev/null 2>&1 && exit 0
if [ ! -e "$home/.testbed" ] && command -v VBoxManage > /dev/null; then
    wrappers "$(command -v VBoxManage)"
    exit 0
fi
[ "$(uname -m)" = x86_64 ] || fail "VirtualBox's testbed needs an x86_64 machine"
if ! ours; then
    [ "$(id -u)" = 0 ] || fail "root is needed to put VirtualBox into $home"
    say "installing VirtualBox of Debian's sid into $home (50 MB of packages)"
    rm -rf "$work"
    mkdir -p "$work"
    private_apt
    download
    lay_out
    redirect
    install_it
    rm -rf "$work"
fi
wrappers "$home/VBoxManage"
