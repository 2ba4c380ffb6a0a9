"""Where a stand-in installation keeps its files: PREFIX/bin holds the programs, all else stands beside it."""

import sys
from pathlib import Path


def prefix():
    """The installation: the folder above the one in which the program was called, not that of this source."""
    return Path(sys.argv[0]).absolute().parent.parent


def run():
    """What belongs to running machines."""
    folder = prefix() / "run"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def complain(text, status=255):
    """VMware's programs print errors on standard output."""
    print(text)
    sys.exit(status)
