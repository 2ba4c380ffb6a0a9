"""Machines that run: a process each, which holds the lock files and QEMU."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

from . import devices, network, place
from .vmx import Refused, Vmx

PROGRAM = Path(__file__).resolve().parent.parent / "bin" / "vmware-vmx"


def running():
    """The machines that run: path of the .vmx by the folder of the run."""
    found = {}
    for note in sorted(place.run().glob("*/machine.json")):
        try:
            said = json.loads(note.read_text())
        except OSError:
            # It has just gone off.
            continue
        if alive(said["pid"]):
            found[said["vmx"]] = note.parent
    return found


def alive(pid):
    """Whether a process lives."""
    try:
        os.kill(pid, 0)
        return True
    except OSError:
        return False


def of(path):
    """The run of a machine, or None. VMware knows machines by the file, whatever way leads there."""
    wanted = os.path.realpath(path)
    return next((folder for vmx, folder in running().items() if os.path.realpath(vmx) == wanted), None)


def start(path):
    """Powers a machine on; returns when it runs."""
    path = Path(path).absolute()
    vmx = Vmx(path)
    if of(path):
        raise Refused("Error: The virtual machine is already powered on")
    identify(vmx)
    vmx.save()
    folder = place.run() / str(uuid.uuid4())
    folder.mkdir()
    mac = devices.mac(vmx)
    forward = network.address(mac) if mac else ""
    command = ["qemu-system-x86_64", "-name", vmx.get("displayname", "vm"), "-accel", "tcg"]
    command += devices.arguments(vmx, folder) + devices.network(vmx, forward) + devices.display(vmx, folder)
    command += ["-qmp", f"unix:{folder}/qmp,server=on,wait=off", "-pidfile", f"{folder}/pid"]
    keep(path, folder, command)
    if vmx.is_true("ethernet0.present"):
        network.note_lease(vmx, mac)


def identify(vmx):
    """What VMware adds when a machine is first powered on."""
    digest = hashlib.sha256(str(vmx.path).encode() + str(os.getpid()).encode()).digest()
    if vmx.is_true("ethernet0.present") and vmx.get("ethernet0.addresstype", "generated") == "generated":
        if not vmx.get("ethernet0.generatedaddress"):
            vmx.set("ethernet0.generatedAddress", "00:0c:29:" + ":".join(f"{byte:02x}" for byte in digest[:3]))
            vmx.set("ethernet0.generatedAddressOffset", "0")
    if not vmx.get("uuid.bios"):
        spelled = " ".join(f"{byte:02x}" for byte in digest[:8]) + "-" + " ".join(f"{byte:02x}" for byte in digest[8:16])
        vmx.set("uuid.bios", spelled)
        vmx.set("uuid.location", spelled)
    vmx.set("cleanShutdown", "FALSE")


def keep(path, folder, command):
    """Leaves a `vmware-vmx` behind that runs QEMU and cleans up after it."""
    (folder / "command.json").write_text(json.dumps(command))
    read, write = os.pipe()
    os.set_inheritable(write, True)
    log = folder / "log"
    with open(log, "wb") as output:
        program = [sys.executable, str(PROGRAM), "-@", str(write), str(folder), str(path)]
        subprocess.Popen(program, close_fds=False, start_new_session=True, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    os.close(write)
    with os.fdopen(read) as pipe:
        said = pipe.read()
    if said != "up":
        raise Refused(f"Error: The operation was canceled: {said or log.read_text()}")


def run(pipe, folder, path):
    """`vmware-vmx`: runs a machine until it is off; says on the pipe when it runs."""
    write, folder, path = int(pipe), Path(folder), Path(path)
    os.set_inheritable(write, False)
    locks = [Path(f"{path}.lck")]
    try:
        child = subprocess.Popen(json.loads((folder / "command.json").read_text()))
        for lock in locks:
            lock.mkdir(exist_ok=True)
            (lock / "M1.lck").write_text(str(os.getpid()))
        note = folder / "new.json"
        note.write_text(json.dumps({"vmx": str(path), "pid": os.getpid(), "qemu": child.pid}))
        note.rename(folder / "machine.json")
        while child.poll() is None and not answers(folder / "qmp"):
            time.sleep(0.02)
        report = "up" if child.poll() is None else (folder / "log").read_text() or "QEMU ended"
        os.write(write, report.encode())
        os.close(write)
        child.wait()
    finally:
        for lock in locks:
            for file in lock.glob("*"):
                file.unlink()
            if lock.is_dir():
                lock.rmdir()
        for file in folder.glob("*"):
            if file.name not in ("log", "nvram"):
                file.unlink()
        shut = Vmx(path)
        shut.set("cleanShutdown", "TRUE")
        shut.save()
    os._exit(0)


def answers(path):
    """Whether QEMU's monitor greets: it does when all devices are there."""
    with socket.socket(socket.AF_UNIX) as found:
        found.settimeout(0.2)
        try:
            found.connect(str(path))
            return bool(found.recv(1))
        except OSError:
            return False


def qmp(folder, command):
    """One command to QEMU's monitor."""
    with socket.socket(socket.AF_UNIX) as found:
        found.connect(str(folder / "qmp"))
        stream = found.makefile("rw")
        for said in ("qmp_capabilities", command):
            stream.write(json.dumps({"execute": said}) + "\n")
            stream.flush()
        stream.readline()


def stop(path, hard):
    """Powers a machine off and waits until its keeper is gone."""
    folder = of(path)
    if not folder:
        raise Refused("Error: The virtual machine is not powered on: " + str(path))
    said = json.loads((folder / "machine.json").read_text())
    if hard:
        os.kill(said["qemu"], signal.SIGTERM)
    else:
        qmp(folder, "system_powerdown")
    until = time.monotonic() + 60
    while alive(said["pid"]) and of(path):
        if time.monotonic() > until:
            raise Refused("Error: The operation has timed out")
        time.sleep(0.02)


def reject_running(path):
    """Some things need a machine that is off."""
    if of(path):
        raise Refused("Error: The virtual machine should not be powered on. It is already running.")


if __name__ == "__main__":
    sys.exit("this is no program")
