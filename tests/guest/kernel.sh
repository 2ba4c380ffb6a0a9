# Sourced: the kernel, its drivers, what starts it.

# Drivers of the devices that VirtualBox, VMware, EC2 and QEMU show a guest.
drivers="ext4 crc32c_generic isofs vfat nls_cp437 nls_ascii nls_iso8859-1
    virtio_pci virtio_blk virtio_scsi virtio_net ahci ata_piix ata_generic sd_mod sr_mod
    vmw_pvscsi mptspi mptsas BusLogic sym53c8xx nvme e1000 e1000e pcnet32 vmxnet3 button evdev"

# Where such drivers, and what they depend on, lie in a kernel package.
driver_folders=(fs lib crypto arch/x86/crypto net/core block
    drivers/{virtio,block,scsi,message,ata,nvme,net,cdrom,acpi,input})

# The kernel's arguments; the later ones only save time at the start.
arguments="quiet console=tty0 console=ttyS0,115200 net.ifnames=0 mitigations=off nokaslr cryptomgr.notests \
initcall_blacklist=load_system_certificate_list,init_blk_tracer apparmor=0 audit=0 tsc=reliable no_timer_check"

# Puts the kernel into $work/vmlinuz and the drivers, with all that they depend on, into $work/drivers.
unpack_kernel() {
    local package=$1 all=$work/all module file name wanted next patterns
    version=${package#linux-image-}
    patterns=("${driver_folders[@]/#/./lib/modules/*/kernel/}")
    # Not every kernel has every folder, which tar calls an error.
    unpack "$package" "$all" './boot/vmlinuz-*' "${patterns[@]/%//*}" 2> /dev/null || true
    cp "$all"/boot/vmlinuz-* "$work/vmlinuz"
    find "$all/lib/modules/$version" -name '*.ko' |
        awk -F/ '{ name = $NF; sub(/\.ko$/, "", name); gsub(/-/, "_", name); print name, $0 }' > "$work/modules"
    declare -A done
    wanted=$drivers
    while [ -n "$wanted" ]; do
        next=
        for module in $wanted; do
            name=${module//-/_}
            [ -z "${done[$name]:-}" ] || continue
            done[$name]=1
            file=$(awk -v name="$name" '$1 == name { print $2; exit }' "$work/modules")
            # A driver without a file is built in, or this kernel does without it.
            [ -n "$file" ] || continue
            install -D -m 644 "$file" "$work/drivers/lib/modules/$version/${file#"$all/lib/modules/$version/"}"
            next+=" $(tr '\0' '\n' < "$file" | sed -n 's/^depends=//p' | head -1 | tr , ' ')"
        done
        wanted=$(echo $next)
    done
    rm -rf "$all"
}

# initial_system FILE [FOLDER]: what the kernel starts from: busybox, the drivers, `init`, and the files of FOLDER.
initial_system() {
    local tree=$work/initial name
    rm -rf "$tree"
    mkdir -p "$tree"/{bin,dev,proc,sys,run,mnt,new,etc}
    cp -a "$work/drivers/." "$tree/"
    cp "$work/packages/bin/busybox" "$tree/bin/"
    for name in sh mount umount modprobe switch_root sleep cat ls findfs mkdir echo; do ln -s busybox "$tree/bin/$name"; done
    "$tree/bin/busybox" depmod -b "$tree" "$version"
    install -m 755 "$here/start/init" "$tree/init"
    [ -z "${2:-}" ] || cp -a "$2/." "$tree/"
    (cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0) | gzip -1 > "$1"
}

# boot_partition INITIAL FILE MIB: a FAT file system with the kernel and its boot loader, for BIOS and UEFI.
boot_partition() {
    local initial=$1 image=$2 mib=$3 configuration=$work/syslinux.cfg
    printf 'DEFAULT linux\nPROMPT 0\nTIMEOUT 0\nLABEL linux\n  KERNEL /vmlinuz\n  INITRD /initrd\n  APPEND %s\n' \
        "root=LABEL=guestroot rw $arguments" > "$configuration"
    truncate -s "${mib}M" "$image"
    mkfs.vfat -F 16 -n GUESTBOOT -i 67756573 -h 2048 "$image" > /dev/null
    export MTOOLS_SKIP_CHECK=1
    mmd -i "$image" ::/EFI ::/EFI/BOOT
    mcopy -i "$image" "$work/vmlinuz" ::/vmlinuz
    mcopy -i "$image" "$initial" ::/initrd
    mcopy -i "$image" "$configuration" ::/syslinux.cfg
    mcopy -i "$image" "$configuration" ::/EFI/BOOT/syslinux.cfg
    mcopy -i "$image" /usr/lib/SYSLINUX.EFI/efi64/syslinux.efi ::/EFI/BOOT/BOOTX64.EFI
    mcopy -i "$image" /usr/lib/syslinux/modules/efi64/ldlinux.e64 ::/EFI/BOOT/ldlinux.e64
    syslinux --install "$image"
}
