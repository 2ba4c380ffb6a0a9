"""The virtual networks: addresses on this host's loopback, and the lease files in which VMware's DHCP server notes them.

QEMU's user network gives a guest no address that this host could reach. So a machine has an address of its own in
127.77.0.0/16, made of its hardware address, and QEMU forwards its SSH port from there.
"""

import fcntl
import time

from . import place

DEVICES = {"bridged": "vmnet0", "hostonly": "vmnet1", "nat": "vmnet8"}


def address(mac):
    """The machine's address on this host."""
    last = mac.split(":")[-2:]
    return "127.77.{}.{}".format(*(int(part, 16) for part in last))


def device(vmx):
    """The virtual switch that the adapter is on."""
    kind = vmx.get("ethernet0.connectiontype", "bridged")
    return vmx.get("ethernet0.vnet") if kind == "custom" else DEVICES[kind]


def note_lease(vmx, mac):
    """Writes what the DHCP server writes: an old lease of the same adapter first, then the one that counts."""
    folder = place.prefix() / "etc/vmware" / device(vmx) / "dhcpd"
    if not folder.is_dir():
        return
    now = time.time()
    with open(folder / "dhcpd.leases", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(lease("127.77.255.254", now - 90000, now - 88200, mac))
        file.write(lease(address(mac), now - 1, now + 1800, mac))


def lease(ip, starts, ends, mac):
    """One lease in the form of ISC's server, version 2."""
    starts, ends = (time.strftime("%w %Y/%m/%d %H:%M:%S", time.gmtime(when)) for when in (starts, ends))
    return f"lease {ip} {{\n\tstarts {starts};\n\tends {ends};\n\thardware ethernet {mac};\n\tclient-hostname \"guest\";\n}}\n"
