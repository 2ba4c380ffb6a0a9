# Sourced: Debian packages, downloaded and unpacked, not installed.

# Programs that the guest runs, and the libraries that they load.
programs=(busybox-static dropbear-bin bash openssh-sftp-server openssh-client)
libraries=(libc6 libcrypt1 libtomcrypt1 libtommath1 libgmp10 zlib1g libtinfo6)

# Finds the kernel's package: of the virtual package, the one that it depends on now.
kernel_package() {
    local meta=linux-image-amd64
    [ "${GUEST_KERNEL:-generic}" = cloud ] && meta=linux-image-cloud-amd64
    apt-cache show "$meta" > /dev/null 2>&1 || apt-get update -qq > /dev/null 2>&1 || true
    apt-cache depends "$meta" 2> /dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }'
}

# Downloads packages into $work/debs.
fetch() {
    mkdir -p "$work/debs"
    download() { (cd "$work/debs" && apt-get -qq -o APT::Sandbox::User=root download "$@"); }
    download "$@" 2> /dev/null || { apt-get update -qq > /dev/null 2>&1; download "$@" > /dev/null; }
}

# unpack PACKAGE FOLDER PATTERN...: only the files that are named.
unpack() {
    local package=$1 folder=$2
    shift 2
    mkdir -p "$folder"
    dpkg-deb --fsys-tarfile "$work/debs/${package}_"*.deb | tar -x -C "$folder" --wildcards "$@"
}

# Puts the programs and their libraries into $work/packages.
unpack_programs() {
    local into=$work/packages library
    unpack busybox-static "$into" ./bin/busybox
    unpack bash "$into" ./bin/bash
    unpack dropbear-bin "$into" ./usr/sbin/dropbear ./usr/bin/dropbearkey
    unpack openssh-sftp-server "$into" ./usr/lib/openssh/sftp-server
    unpack openssh-client "$into" ./usr/bin/scp
    for library in "${libraries[@]}"; do
        unpack "$library" "$into" '*.so*' --exclude='*/gconv/*' --exclude='*/audit/*'
    done
}
