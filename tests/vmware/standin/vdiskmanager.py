"""`vmware-vdiskmanager`, as its own usage text documents it: creating, defragmenting, shrinking."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from . import place

FORMATS = {
    "0": "monolithicSparse",
    "1": "twoGbMaxExtentSparse",
    "2": "monolithicFlat",
    "3": "twoGbMaxExtentFlat",
    "5": "streamOptimized",
}
ADAPTERS = ("ide", "buslogic", "lsilogic")
UNITS = {"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "": 512}


def main():
    """Does one operation."""
    words = sys.argv[1:]
    if not words or words[0] not in ("-c", "-d", "-k"):
        usage(f"one of -c, -d and -k must come first: {words}")
    if words[0] == "-c":
        return create(words[1:])
    if len(words) != 2:
        usage(f"{words[0]} takes one disk: {words[1:]}")
    if not Path(words[1]).is_file():
        fail(f"Failed to open the disk '{words[1]}' : The file specified is not a virtual disk (0xf00003ebf).")
    if words[0] == "-d":
        print("  Defragment: 100% done.\nDefragmentation completed successfully.")
    else:
        shrink(Path(words[1]))


def usage(why):
    """Refuses a command line."""
    place.complain(f"{why}\nVMware Virtual Disk Manager - build 24238078.\nUsage: vmware-vdiskmanager OPTIONS <disk-name>", 1)


def fail(why):
    """Refuses an operation."""
    place.complain(why, 1)


def create(words):
    """Creates a disk."""
    given = {}
    while words and words[0] in ("-s", "-a", "-t", "-q"):
        if words[0] == "-q":
            words = words[1:]
            continue
        if len(words) < 2 or words[0] in given:
            usage(f"{words[0]} is not given as it should be")
        given[words[0]] = words[1]
        words = words[2:]
    if len(words) != 1 or not words[0].endswith(".vmdk") or set(given) != {"-s", "-a", "-t"}:
        usage(f"creating a disk takes -s, -a, -t and one name that ends in .vmdk: {given}, {words}")
    size = re.fullmatch(r"(\d+)(KB|MB|GB|K|M|G)?", given["-s"])
    if not size or given["-a"] not in ADAPTERS or given["-t"] not in FORMATS:
        fail(f"Invalid size, adapter or disk type: {given}")
    count = int(size[1]) * UNITS[size[2] or ""]
    if count < 1 << 20:
        fail("Failed to create disk: The capacity is too small")
    if os.path.exists(words[0]):
        fail(f"Failed to create disk: The file already exists (0x2700000016): {words[0]}")
    options = f"subformat={FORMATS[given['-t']]},adapter_type={given['-a']}"
    run("qemu-img", "create", "-q", "-f", "vmdk", "-o", options, words[0], str(count))
    print("Creating disk '%s'\nVirtual disk creation successful." % words[0])


def shrink(disk):
    """Writes a disk anew, without what is empty."""
    said = json.loads(subprocess.run(["qemu-img", "info", "--output=json", str(disk)], capture_output=True, check=True).stdout)
    details = said["format-specific"]["data"]
    kind = details["create-type"]
    if "backing-filename" in said:
        fail("Failed to shrink the disk: The disk is a child of another one")
    if kind not in ("monolithicSparse", "twoGbMaxExtentSparse"):
        print("Shrink completed successfully.")
        return
    adapter = re.search(rb'ddb\.adapterType\s*=\s*"(\w+)"', disk.read_bytes()[:16384])
    options = f"subformat={kind},adapter_type={adapter[1].decode() if adapter else 'ide'}"
    extents = [extent["filename"] for extent in details["extents"]]
    new = disk.parent / "shrinking"
    new.mkdir()
    run("qemu-img", "convert", "-f", "vmdk", "-O", "vmdk", "-o", options, str(disk), str(new / disk.name))
    for old in extents:
        Path(old).unlink()
    for file in new.iterdir():
        os.replace(file, disk.parent / file.name)
    new.rmdir()
    print("  Shrink: 100% done.\nShrink completed successfully.")


def run(*words):
    """Runs a program of QEMU's."""
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        fail("Failed: " + done.stderr)
