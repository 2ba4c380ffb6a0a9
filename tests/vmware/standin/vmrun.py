"""`vmrun`, as its own usage text documents it (1.17); only the commands for which there is a use here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import devices, machine, network, place
from .vmx import Refused, Vmx

TYPES = ("ws", "fusion", "player")


def main():
    """Runs one command."""
    words = sys.argv[1:]
    if len(words) < 2 or words[0] != "-T" or words[1] not in TYPES:
        place.complain(f"Error: the host type must come first, as -T {'|'.join(TYPES)}: {words}")
    if len(words) < 3 or words[2] not in COMMANDS:
        place.complain(f"Error: Unrecognized command: {' '.join(words[2:3])}")
    command, least, most = COMMANDS[words[2]]
    parameters = words[3:]
    if not least <= len(parameters) <= most:
        place.complain(f"Error: Invalid number of arguments for {words[2]}: {parameters}")
    try:
        command(*parameters)
    except Refused as refused:
        place.complain(str(refused))


def list_running():
    """The machines that run, by the paths with which they were started."""
    found = machine.running()
    print(f"Total running VMs: {len(found)}")
    for path in found:
        # VMware prints the file's real path: links on the way are gone.
        print(os.path.realpath(path))


def start(path, display="gui"):
    """Powers on."""
    if display not in ("gui", "nogui"):
        raise Refused(f"Error: Invalid argument: {display}")
    machine.start(path)


def stop(path, how="soft"):
    """Powers off."""
    if how not in ("hard", "soft"):
        raise Refused(f"Error: Invalid argument: {how}")
    Vmx(path)
    machine.stop(path, how == "hard")


def guest_address(path, wait=""):
    """What the guest's tools say. Only guests on the bridged network have them here."""
    if wait not in ("", "-wait"):
        raise Refused(f"Error: Invalid argument: {wait}")
    vmx = Vmx(path)
    if not machine.of(path):
        raise Refused("Error: The virtual machine is not powered on: " + path)
    if vmx.get("ethernet0.connectiontype") != "bridged":
        raise Refused(f"Error: The VMware Tools are not running in the virtual machine: {path}")
    print(network.address(devices.mac(vmx)))


def snapshot(path, name):
    """Freezes the disks; the machine goes on with children of them."""
    vmx = Vmx(path)
    known = snapshots(vmx)
    if name in [entry["name"] for entry in known]:
        raise Refused("Error: The name already exists")
    number = len(known) + 1
    frozen = []
    for key, file in disks(vmx):
        child = next_child(vmx.path.parent, file)
        child_of(vmx.path.parent, child, file)
        frozen.append((key, file))
        vmx.set(key, child)
    vmx.save()
    with open(vmx.path.with_suffix(".vmsd"), "a") as notes:
        notes.write(f'snapshot{number - 1}.displayName = "{name}"\nsnapshot{number - 1}.uid = "{number}"\n')
        for index, (key, file) in enumerate(frozen):
            notes.write(f'snapshot{number - 1}.disk{index}.fileName = "{file}"\n')
            notes.write(f'snapshot{number - 1}.disk{index}.node = "{key.split(".")[0]}"\n')


def disks(vmx):
    """Keys and files of a machine's disks."""
    for key, (written, value) in list(vmx.keys.items()):
        slot = devices.SLOT.match(key.replace(".filename", ".present")) if key.endswith(".filename") else None
        if slot and value.endswith(".vmdk") and vmx.is_true(key.replace(".filename", ".present")):
            yield written, value


def next_child(folder, file):
    """A name for a disk's child: disk-000001.vmdk."""
    stem = file[:-5]
    if len(stem) > 7 and stem[-7] == "-" and stem[-6:].isdigit():
        stem = stem[:-7]
    return next(f"{stem}-{n:06}.vmdk" for n in range(1, 1000) if not (folder / f"{stem}-{n:06}.vmdk").exists())


def child_of(folder, child, parent):
    """Makes an empty child of a disk."""
    call = ["qemu-img", "create", "-q", "-f", "vmdk", "-b", str(parent), "-F", "vmdk", child]
    subprocess.run(call, cwd=folder, check=True)


def snapshots(vmx):
    """The snapshots that a machine has."""
    notes, found = vmx.path.with_suffix(".vmsd"), {}
    for line in notes.read_text().splitlines() if notes.exists() else []:
        key, _, value = line.partition(" = ")
        if not key.startswith("snapshot"):
            continue
        number, _, rest = key[8:].partition(".")
        entry = found.setdefault(number, {"disks": {}})
        if rest == "displayName":
            entry["name"] = value.strip('"')
        elif rest.endswith(".node"):
            entry["disks"][value.strip('"')] = entry.pop("file")
        elif rest.endswith(".fileName"):
            entry["file"] = value.strip('"')
    return list(found.values())


def clone(source, target, how, *more):
    """Copies a machine."""
    if how not in ("full", "linked"):
        raise Refused(f"Error: Invalid argument: {how}")
    wanted = ""
    for word in more:
        if word.startswith("-snapshot="):
            wanted = word[10:]
        elif not word.startswith("-cloneName="):
            raise Refused(f"Error: Invalid argument: {word}")
    machine.reject_running(source)
    vmx, folder = Vmx(source), Path(target).parent
    files = {key.split(".")[0]: file for key, file in disks(vmx)}
    if wanted or how == "linked":
        known = snapshots(vmx)
        if not wanted and how == "linked":
            # VMware makes a snapshot of its own to link to.
            snapshot(source, f"Clone of {vmx.get('displayname')}")
            vmx, known = Vmx(source), snapshots(Vmx(source))
            wanted = known[-1]["name"]
        chosen = [entry for entry in known if entry.get("name") == wanted]
        if not chosen:
            raise Refused("Error: The snapshot does not exist")
        files.update(chosen[0]["disks"])
    if Path(target).exists():
        raise Refused("Error: The file already exists")
    folder.mkdir(parents=True, exist_ok=True)
    for slot, file in files.items():
        name = Path(target).stem + ("" if slot.endswith("0:0") else "-" + slot.replace(":", "-")) + ".vmdk"
        origin = (vmx.path.parent / file).resolve()
        if how == "linked":
            child_of(folder, name, origin)
        else:
            subprocess.run(["qemu-img", "convert", "-f", "vmdk", "-O", "vmdk", str(origin), str(folder / name)], check=True)
        vmx.set(f"{slot}.fileName", name)
    for key in ("ethernet0.generatedAddress", "ethernet0.generatedAddressOffset", "uuid.bios", "uuid.location"):
        vmx.remove(key)
    nvram = vmx.file("nvram")
    if vmx.get("nvram") and nvram.exists():
        shutil.copy(nvram, folder / (Path(target).stem + ".nvram"))
        vmx.set("nvram", Path(target).stem + ".nvram")
    vmx.save(target)


COMMANDS = {
    "list": (list_running, 0, 0),
    "start": (start, 1, 2),
    "stop": (stop, 1, 2),
    "getGuestIPAddress": (guest_address, 1, 2),
    "snapshot": (snapshot, 2, 2),
    "clone": (clone, 3, 5),
}
