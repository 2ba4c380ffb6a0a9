"""Strict stand-ins for VMware's programs: they take only what VMware documents and run the machines under QEMU."""
