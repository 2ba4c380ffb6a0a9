"""From a .vmx to QEMU's arguments: every device that the file names, at the bus and slot that it names."""

import os
import re
import shutil
from pathlib import Path

from .vmx import Refused

SCSI = {"lsilogic": "lsi53c895a", "lsisas1068": "mptsas1068", "pvscsi": "pvscsi"}
NICS = {"e1000": "e1000-82545em", "e1000e": "e1000e", "vmxnet3": "vmxnet3"}
SLOT = re.compile(r"^(ide|scsi|sata|nvme)(\d):(\d{1,2})\.present$")
FIRMWARE = ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd")


def arguments(vmx, folder):
    """QEMU's arguments for all but the network and the display. `folder` takes what belongs to this run."""
    taken = ["-m", str(vmx.number("memsize", 256)), "-smp", smp(vmx), "-nodefaults", "-vga", "std"]
    taken += firmware(vmx, folder)
    taken += drives(vmx)
    taken += serial(vmx)
    if vmx.is_true("usb.present") or vmx.is_true("usb_xhci.present"):
        taken += ["-device", "qemu-xhci"]
    return taken


def smp(vmx):
    """Processors and how they lie in sockets."""
    cpus, cores = vmx.number("numvcpus", 1), vmx.number("cpuid.corespersocket", 1)
    if cpus % cores:
        raise Refused(f"Error: {cpus} processors cannot lie in sockets of {cores}")
    return f"{cpus},cores={cores}"


def firmware(vmx, folder):
    """BIOS needs nothing; UEFI its variables."""
    kind = vmx.get("firmware", "bios")
    if kind == "bios":
        return []
    if kind != "efi":
        raise Refused(f"Error: firmware is '{kind}'; it must be bios or efi")
    nvram = folder / "nvram"
    if not nvram.exists():
        shutil.copy(FIRMWARE[1], nvram)
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE[0]}", "-drive", f"if=pflash,format=raw,file={nvram}"]


def controllers(vmx):
    """The controllers that are switched on, by name."""
    found = {"ide0": "", "ide1": ""}
    for bus in ("scsi", "sata", "nvme"):
        for number in range(4):
            name = f"{bus}{number}"
            if not vmx.is_true(f"{name}.present"):
                continue
            found[name] = ""
            if bus == "scsi":
                kind = vmx.get(f"{name}.virtualdev", "lsilogic").lower()
                if kind not in SCSI:
                    raise Refused(f"Error: {name}.virtualDev is '{kind}', which this stand-in cannot run")
                found[name] = SCSI[kind]
            elif bus == "sata":
                found[name] = "ahci"
    return found


def drives(vmx):
    """Controllers with their disks and CDs."""
    on = controllers(vmx)
    taken = []
    for name, device in on.items():
        if device:
            taken += ["-device", f"{device},id={name}"]
    order = [word.strip() for word in vmx.get("bios.bootorder", "hdd,cdrom").split(",")]
    places = sorted((m.groups() for m in map(SLOT.match, vmx.keys) if m), key=lambda p: (p[0], int(p[1]), int(p[2])))
    ranks = {"hdd": 0, "cdrom": 0}
    for bus, number, unit in places:
        slot = f"{bus}{number}:{unit}"
        if not vmx.is_true(f"{slot}.present"):
            continue
        if f"{bus}{number}" not in on:
            raise Refused(f"Error: {slot} has no controller: {bus}{number}.present is not TRUE")
        if bus == "scsi" and unit == "7":
            raise Refused(f"Error: {slot} is the place of the controller itself")
        kind = vmx.get(f"{slot}.devicetype", "disk")
        sort = "hdd" if kind == "disk" or kind.endswith("hardDisk") else "cdrom"
        rank = (order.index(sort) if sort in order else 9) * 100 + ranks[sort] + 1
        ranks[sort] += 1
        taken += drive(vmx, slot, bus, number, int(unit), kind, sort, rank)
    if vmx.is_true("floppy0.present", True) and vmx.get("floppy0.filename"):
        if vmx.get("floppy0.filetype") != "file":
            raise Refused("Error: floppy0.fileType must be file")
        taken += ["-drive", f"if=floppy,format=raw,file={must_exist(vmx.file('floppy0.filename'))}"]
    return taken


def drive(vmx, slot, bus, number, unit, kind, sort, rank):
    """One disk or CD."""
    name = f"d{bus}{number}x{unit}"
    if sort == "hdd":
        file = must_exist(vmx.file(f"{slot}.filename"))
        drive = f"if=none,id={name},{disk(Path(file))},cache=writeback"
    elif kind == "cdrom-image":
        drive = f"if=none,id={name},media=cdrom,format=raw,readonly=on,file={must_exist(vmx.file(f'{slot}.filename'))}"
    elif kind in ("cdrom-raw", "atapi-cdrom"):
        drive = f"if=none,id={name},media=cdrom"
    else:
        raise Refused(f"Error: {slot}.deviceType is '{kind}'")
    model = {"ide": "ide", "sata": "ide", "scsi": "scsi"}.get(bus)
    if bus == "nvme":
        if sort != "hdd":
            raise Refused(f"Error: {slot}: NVMe has no CD drives")
        device = f"nvme,serial={name},drive={name},bootindex={rank}"
    elif bus == "ide":
        device = f"ide-{'hd' if sort == 'hdd' else 'cd'},bus=ide.{number},unit={unit},drive={name},bootindex={rank}"
    elif bus == "sata":
        device = f"ide-{'hd' if sort == 'hdd' else 'cd'},bus=sata{number}.{unit},drive={name},bootindex={rank}"
    else:
        device = f"{model}-{'hd' if sort == 'hdd' else 'cd'},bus=scsi{number}.0,scsi-id={unit},drive={name},bootindex={rank}"
    return ["-drive", drive, "-device", device]


def disk(file):
    """How QEMU opens a disk. ESXi's are one raw file behind a descriptor, which QEMU 7.2 cannot lock through the descriptor."""
    start = file.read_bytes()[:4096] if file.stat().st_size < 4096 else b""
    extent = re.search(rb'^RW \d+ VMFS "([^"]+)"', start, re.MULTILINE)
    if extent:
        return f"format=raw,file={file.with_name(extent[1].decode())}"
    return f"format=vmdk,file={file}"


def must_exist(path):
    """A file that the configuration names."""
    if not os.path.isfile(path):
        raise Refused(f"Error: Cannot find the file {path} that the configuration names")
    return str(path).replace(",", ",,")


def serial(vmx):
    """The first serial port, into a file."""
    if not vmx.is_true("serial0.present") or vmx.get("serial0.filetype") != "file":
        return []
    return ["-serial", f"file:{vmx.file('serial0.filename')}"]


def network(vmx, forward):
    """The network adapter; `forward` is the guest's address on this host."""
    if not vmx.is_true("ethernet0.present"):
        return []
    kind = vmx.get("ethernet0.virtualdev")
    if kind not in NICS:
        raise Refused(f"Error: ethernet0.virtualDev is '{kind}'; known are {', '.join(NICS)}")
    if vmx.get("ethernet0.connectiontype", "bridged") not in ("nat", "hostonly", "bridged", "custom"):
        raise Refused(f"Error: ethernet0.connectionType is '{vmx.get('ethernet0.connectiontype')}'")
    ports = "".join(f",hostfwd=tcp:{forward}:{port}-:{port}" for port in (22, 5985))
    return ["-netdev", f"user,id=net0{ports}", "-device", f"{NICS[kind]},netdev=net0,mac={mac(vmx)}"]


def mac(vmx):
    """The adapter's hardware address."""
    return vmx.get("ethernet0.address") or vmx.get("ethernet0.generatedaddress")


def display(vmx, folder):
    """The screen: on VNC where the configuration asks for it."""
    if not vmx.is_true("remotedisplay.vnc.enabled"):
        return ["-display", "none"]
    port, address = vmx.number("remotedisplay.vnc.port", 5900), vmx.get("remotedisplay.vnc.ip", "0.0.0.0")
    if port < 5900:
        raise Refused("Error: this stand-in has VNC at port 5900 and above only")
    where, password = f"{address}:{port - 5900}", vmx.get("remotedisplay.vnc.password")
    if not password:
        return ["-vnc", where]
    if len(password) > 8:
        raise Refused("Error: a VNC password has eight characters at the most")
    secret = folder / "vnc"
    secret.write_text(password)
    secret.chmod(0o600)
    return ["-object", f"secret,id=vnc,file={secret}", "-vnc", f"{where},password-secret=vnc"]
