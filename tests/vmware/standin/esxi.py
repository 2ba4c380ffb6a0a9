"""An ESXi host, as far as SSH shows it: a root directory with /vmfs, its few programs, and the tools of its shell.

    esxi.py PREFIX PORT AUTHORIZED-KEY-FILE

Runs in the foreground until it is killed, in a mount namespace of its own. Needs root.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from . import devices, machine, network, place
from .vmx import Refused, Vmx

PROGRAMS = Path(__file__).resolve().parent.parent / "bin"
TOOLS = """sh cat ls mkdir rm rmdir mv cp chmod test [ sha1sum sha256sum sha512sum md5sum stat wc tar grep sed awk head tail dd
touch dirname basename tr cut sleep kill echo true false""".split()
DATASTORES = Path("/vmfs/volumes")


def serve():
    """Lays the host out and becomes its SSH server."""
    if not os.environ.get("IN_NAMESPACE"):
        os.environ["IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
    prefix, port, key = Path(sys.argv[1]).absolute(), sys.argv[2], Path(sys.argv[3]).absolute()
    for name in ("root", "vmfs/volumes/datastore1", "esxi", "toolbox", "run"):
        (prefix / name).mkdir(parents=True)
    for name in ("vim-cmd", "esxcli", "vmkfstools"):
        os.symlink(PROGRAMS / name, prefix / "esxi" / name)
    for name in TOOLS:
        found = next((Path(f) / name for f in ("/usr/bin", "/bin") if (Path(f) / name).exists()), None)
        if found:
            os.symlink(found, prefix / "toolbox" / name)
    shell = prefix / "shell"
    shell.write_text(f'#!/bin/sh\nPATH={prefix}/esxi:{prefix}/toolbox\nexport PATH\nexec /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n')
    shell.chmod(0o755)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(prefix / "host_key")], check=True)
    (prefix / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {prefix}/host_key\nAuthorizedKeysFile {key}\nStrictModes no\n"
        f"PermitRootLogin prohibit-password\nPasswordAuthentication no\nUsePAM no\nPidFile none\nForceCommand {shell}\n"
        "Subsystem sftp internal-sftp\n"
    )
    os.makedirs("/run/sshd", exist_ok=True)
    new_root(prefix)
    os.execv("/usr/sbin/sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", str(prefix / "sshd_config")])


def new_root(prefix):
    """This computer's directories, and /vmfs beside them."""
    mount = lambda *words: subprocess.run(["mount", *words], check=True)
    root = prefix / "root"
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "tmpfs", str(root))
    for entry in os.scandir("/"):
        target = root / entry.name
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target)
        elif entry.is_dir():
            target.mkdir()
            mount("--rbind", entry.path, str(target))
    (root / "vmfs").mkdir(exist_ok=True)
    mount("--bind", str(prefix / "vmfs"), str(root / "vmfs"))
    os.chroot(root)
    os.chdir("/")


def inventory():
    """The registered machines: path by number."""
    file = place.run() / "inventory.json"
    return json.loads(file.read_text()) if file.exists() else {}


def keep(found):
    """Writes the inventory."""
    (place.run() / "inventory.json").write_text(json.dumps(found))


def known(number):
    """The path of a registered machine."""
    if number not in inventory():
        raise Refused("(vim.fault.NotFound) {\n   faultCause = (vmodl.MethodFault) null, \n   msg = \"Unable to find a VM\"\n}")
    return inventory()[number]


def vim_cmd():
    """`vim-cmd`: the inventory and the power."""
    run(VIM, sys.argv[1:2], sys.argv[2:])


def register(path, *name):
    """solo/registervm"""
    found = inventory()
    Vmx(path)
    if path in found.values():
        raise Refused("(vim.fault.AlreadyExists) {\n   name = \"%s\"\n}" % path)
    number = str(max([int(n) for n in found] or [0]) + 1)
    found[number] = path
    keep(found)
    print(number)


def list_all():
    """vmsvc/getallvms"""
    print("Vmid   Name   File   Guest OS   Version   Annotation")
    for number, path in inventory().items():
        vmx = Vmx(path)
        datastore, rest = Path(path).relative_to(DATASTORES).parts[0], Path(*Path(path).relative_to(DATASTORES).parts[1:])
        print(f"{number}   {vmx.get('displayname')}   [{datastore}] {rest}   {vmx.get('guestos')}   vmx-{vmx.get('virtualhw.version')}")


def power_on(number):
    """vmsvc/power.on"""
    print("Powering on VM:")
    try:
        machine.start(known(number))
    except Refused as refused:
        print("Power on failed")
        raise refused


def power_off(number):
    """vmsvc/power.off"""
    print("Powering off VM:")
    machine.stop(known(number), True)


def power_shutdown(number):
    """vmsvc/power.shutdown"""
    machine.stop(known(number), False)


def power_state(number):
    """vmsvc/power.getstate"""
    on = machine.of(known(number))
    print(f"Retrieved runtime info\nPowered {'on' if on else 'off'}")


def unregister(number):
    """vmsvc/unregister"""
    machine.reject_running(known(number))
    found = inventory()
    del found[number]
    keep(found)


def destroy(number):
    """vmsvc/destroy: the files go, too."""
    path = Path(known(number))
    unregister(number)
    vmx = Vmx(path)
    files = [vmx.file(key) for key in vmx.keys if key.endswith(".filename") and vmx.get(key).endswith(".vmdk")]
    for file in files + [file.with_name(file.stem + "-flat.vmdk") for file in files] + [path]:
        if file.parent == path.parent:
            file.unlink(missing_ok=True)


def reload(number):
    """vmsvc/reload: reads the .vmx again."""
    Vmx(known(number))


VIM = {
    "solo/registervm": (register, 1, 2),
    "vmsvc/getallvms": (list_all, 0, 0),
    "vmsvc/power.on": (power_on, 1, 1),
    "vmsvc/power.off": (power_off, 1, 1),
    "vmsvc/power.shutdown": (power_shutdown, 1, 1),
    "vmsvc/power.getstate": (power_state, 1, 1),
    "vmsvc/unregister": (unregister, 1, 1),
    "vmsvc/destroy": (destroy, 1, 1),
    "vmsvc/reload": (reload, 1, 1),
}


def run(commands, name, parameters):
    """Runs one of a program's commands."""
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    command, least, most = commands.get(" ".join(name), (None, 0, 0))
    if not command or not least <= len(parameters) <= most:
        place.complain(f"Invalid command or number of arguments: {name} {parameters}", 1)
    try:
        command(*parameters)
    except Refused as refused:
        place.complain(str(refused), 1)


def esxcli():
    """`esxcli --formatter csv`: what Kiln asks of it."""
    words = sys.argv[1:]
    if words[:2] != ["--formatter", "csv"]:
        place.complain("Error: only --formatter csv is played here", 1)
    for asked, (answer, count) in ESXCLI.items():
        parts = asked.split()
        if words[2 : 2 + len(parts)] == parts and len(words) == 2 + len(parts) + count:
            return answer(*words[2 + len(parts) :])
    place.complain(f"Error: Unknown command or namespace {' '.join(words[2:])}", 1)


def table(columns, rows):
    """A table as esxcli prints it: with a comma at each line's end."""
    print(",".join(columns) + ",")
    for row in rows:
        print(",".join(str(cell) for cell in row) + ",")


def worlds():
    """Running machines, each with its world."""
    for path, folder in machine.running().items():
        yield Vmx(path), json.loads((folder / "machine.json").read_text())["pid"]


def vm_list():
    """network vm list"""
    rows = [(vmx.get("displayname"), '"VM Network"', 1, world) for vmx, world in worlds()]
    table(("Name", "Networks", "NumPorts", "WorldID"), rows)


def port_list(flag, wanted):
    """network vm port list -w WORLD"""
    if flag != "-w":
        place.complain(f"Error: unknown option {flag}", 1)
    rows = []
    for vmx, world in worlds():
        if str(world) == wanted:
            mac = devices.mac(vmx)
            rows.append(("", network.address(mac), mac, 33554445, "VM Network", "vmnic0", 33554434, "vSwitch0"))
    table(("DVPortID", "IPAddress", "MACAddress", "PortID", "Portgroup", "TeamUplink", "UplinkPortID", "vSwitch"), rows)


def advanced(flag, name):
    """system settings advanced list -o NAME"""
    if (flag, name) != ("-o", "/Net/GuestIPHack"):
        place.complain(f"Unable to find option {name}", 1)
    table(("DefaultIntValue", "Description", "IntValue", "Path", "Type"), [(0, "ARP inspection", 1, name, "integer")])


def connections():
    """network ip connection list"""
    rows = []
    for vmx, world in worlds():
        if vmx.is_true("remotedisplay.vnc.enabled"):
            rows.append((f"0.0.0.0:{vmx.get('remotedisplay.vnc.port')}", "tcp", "LISTEN", world))
    table(("LocalAddress", "Proto", "State", "WorldID"), rows)


def version():
    """system version get"""
    table(("Build", "Product", "Version"), [("Releasebuild-20497097", "VMware ESXi", "6.7.0")])


ESXCLI = {
    "network vm list": (vm_list, 0),
    "network vm port list": (port_list, 2),
    "network ip connection list": (connections, 0),
    "system settings advanced list": (advanced, 2),
    "system version get": (version, 0),
}


def vmkfstools():
    """`vmkfstools`: creating and cloning disks."""
    words = sys.argv[1:]
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    if words[:1] == ["-c"] and len(words) == 7 and words[2] == "-d" and words[4] == "-a":
        size, kind, adapter, path = re.fullmatch(r"(\d+)([kKmMgG])", words[1]), words[3], words[5], Path(words[6])
        if not size or adapter not in ("lsilogic", "buslogic", "ide", "pvscsi"):
            place.complain("Invalid size or adapter", 1)
        count = int(size[1]) << {"k": 10, "m": 20, "g": 30}[size[2].lower()]
        flat(kind, path)
        with open(path.with_name(path.stem + "-flat.vmdk"), "wb") as file:
            file.truncate(count)
    elif words[:1] == ["-i"] and len(words) == 5 and words[2] == "-d":
        source, kind, path, adapter = Path(words[1]), words[3], Path(words[4]), "lsilogic"
        flat(kind, path)
        target = path.with_name(path.stem + "-flat.vmdk")
        subprocess.run(["qemu-img", "convert", "-f", "vmdk", "-O", "raw", str(source), str(target)], check=True)
        count = target.stat().st_size
    else:
        place.complain(f"vmkfstools: not documented so, or not played here: {words}", 1)
    path.write_text(
        '# Disk DescriptorFile\nversion=1\nencoding="UTF-8"\nCID=fffffffe\nparentCID=ffffffff\ncreateType="vmfs"\n\n'
        f'RW {count // 512} VMFS "{path.stem}-flat.vmdk"\n\nddb.adapterType = "{adapter}"\nddb.virtualHWVersion = "14"\n'
    )


def flat(kind, path):
    """Checks what is asked for."""
    if kind not in ("zeroedthick", "eagerzeroedthick", "thin"):
        place.complain(f"Invalid disk format {kind}", 1)
    if path.exists() or not str(path).startswith(str(DATASTORES)) or not path.parent.is_dir():
        place.complain(f"Failed to create virtual disk: {path}", 1)
