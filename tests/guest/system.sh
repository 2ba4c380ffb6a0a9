# Sourced: the guest's root file system.

# root_system FOLDER: all of it.
root_system() {
    local tree=$1
    mkdir -p "$tree"/usr/{bin,sbin,lib/x86_64-linux-gnu,lib64,lib/openssh,local/bin} \
        "$tree"/etc/{dropbear,init.d,acpi/PWRF} "$tree"/{dev,proc,sys,run,tmp,mnt,boot,opt,srv,root/.ssh} \
        "$tree"/var/{log,tmp,lib} "$tree"/home/packer/.ssh
    chmod 1777 "$tree/tmp" "$tree/var/tmp"
    chmod 700 "$tree/root" "$tree/root/.ssh" "$tree/home/packer/.ssh"
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$tree/$name"; done
    ln -s ../run "$tree/var/run"
    root_programs "$tree"
    root_accounts "$tree"
    echo guest > "$tree/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 guest\n' > "$tree/etc/hosts"
    printf 'ID=guest\nNAME="tiny guest"\nVERSION_ID="1"\nPRETTY_NAME="tiny guest 1"\n' > "$tree/etc/os-release"
    printf 'LABEL=guestroot / ext4 rw 0 1\n' > "$tree/etc/fstab"
    : > "$tree/etc/resolv.conf"
    install -m 644 "$here/root/inittab" "$tree/etc/inittab"
    install -m 755 "$here/root/rcS" "$here/root/rcK" "$tree/etc/init.d/"
    install -m 755 "$here/root/udhcpc.sh" "$tree/etc/udhcpc.sh"
    install -m 755 "$here/root/power" "$tree/etc/acpi/PWRF/00000080"
}

# The programs, and only those libraries that they load.
root_programs() {
    local tree=$1 from=$work/packages library file name
    cp -P "$from/bin/busybox" "$from/bin/bash" "$from/usr/bin/scp" "$from/usr/bin/dropbearkey" "$tree/usr/bin/"
    cp "$from/usr/sbin/dropbear" "$tree/usr/sbin/"
    cp "$from/usr/lib/openssh/sftp-server" "$tree/usr/lib/openssh/"
    ln -s openssh/sftp-server "$tree/usr/lib/sftp-server"
    for library in ld-linux-x86-64.so.2 libc.so.6 libm.so.6 libcrypt.so.1 libtomcrypt.so.1 libtommath.so.1 libgmp.so.10 \
        libz.so.1 libtinfo.so.6 libutil.so.1 libresolv.so.2 libnss_files.so.2 libnss_dns.so.2; do
        file=$(find "$from" -name "$library" -print -quit)
        [ -z "$file" ] || cp -L "$file" "$tree/usr/lib/x86_64-linux-gnu/$library"
    done
    ln -s ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$tree/usr/lib64/ld-linux-x86-64.so.2"
    install -m 755 "$here/root/sudo" "$tree/usr/bin/sudo"
    install -m 755 "$here/root/shutdown" "$tree/usr/sbin/shutdown"
    for name in init poweroff reboot; do ln -s ../bin/busybox "$tree/usr/sbin/$name"; done
    for name in $("$from/bin/busybox" --list); do
        [ "$name" = shutdown ] || [ -e "$tree/usr/bin/$name" ] || ln -s busybox "$tree/usr/bin/$name"
    done
}

# root and packer log in with the password `packer` or the testbed's key.
root_accounts() {
    local tree=$1 hash
    hash=$("$work/packages/bin/busybox" mkpasswd -m sha512 -S guesttestbed packer)
    printf 'root:x:0:0:root:/root:/bin/bash\npacker:x:1000:1000:packer:/home/packer:/bin/bash\n' > "$tree/etc/passwd"
    printf 'root:%s:19000:0:99999:7:::\npacker:%s:19000:0:99999:7:::\n' "$hash" "$hash" > "$tree/etc/shadow"
    chmod 640 "$tree/etc/shadow"
    printf 'root:x:0:\ntty:x:5:\ndisk:x:6:\npacker:x:1000:\n' > "$tree/etc/group"
    printf '/bin/sh\n/bin/bash\n' > "$tree/etc/shells"
    install -m 600 "$into/key.pub" "$tree/root/.ssh/authorized_keys"
    install -m 600 "$into/key.pub" "$tree/home/packer/.ssh/authorized_keys"
    chown -R 1000:1000 "$tree/home/packer"
}
