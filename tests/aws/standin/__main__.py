"""The command line: python -m standin --dir DIR --base FOLDER [--port N] [--run-delay S …]."""

import argparse
import dataclasses
import os
import shutil
import signal
import sys
import tempfile
import threading

os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"

from . import patches  # noqa: E402  (moto reads the environment when it is imported)
from .knobs import KnobBoard, Knobs  # noqa: E402
from .server import serve  # noqa: E402
from .world import World  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(prog="standin", description="An AWS that behaves like AWS, on one Linux machine.")
    parser.add_argument("--dir", help="folder for the guests, images and the call log, its own; else a temporary one")
    parser.add_argument("--base", required=True, help="the guests' root file system, a folder (tests/aws/rootfs.sh makes it)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--until-stdin-closes", action="store_true", help="leave when standard input ends, as when the parent dies")
    for field in dataclasses.fields(Knobs):
        if field.name in Knobs.HELP:
            name = "--" + field.name.replace("_", "-")
            parser.add_argument(name, type=type(field.default), default=field.default, help=f"{Knobs.HELP[field.name]} (default {field.default})")
    return parser.parse_args()


def check_machine(base):
    if os.geteuid() != 0:
        raise SystemExit("the AWS stand-in starts machines in namespaces of their own: run it as root (sudo)")
    if not os.path.isdir(os.path.join(base, "etc")):
        raise SystemExit(f"{base} is no root file system; make it with tests/aws/rootfs.sh {base}")


def wait_for_end(until_stdin_closes):
    """Returns on SIGTERM, SIGINT or, where asked, when standard input ends."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    if until_stdin_closes:

        def watch():
            while sys.stdin.buffer.raw.read(4096):
                pass
            ended.set()

        threading.Thread(target=watch, daemon=True).start()
    while not ended.wait(0.5):
        pass


def main():
    given = arguments()
    check_machine(given.base)
    patches.apply()
    knobs = Knobs(**{name: getattr(given, name) for name in Knobs.names() if name in Knobs.HELP})
    folder = given.dir or tempfile.mkdtemp(prefix="kiln-aws-")
    world = World(folder, given.base, KnobBoard(knobs))
    server = serve(world, given.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"ready http://127.0.0.1:{server.port}", flush=True)
    wait_for_end(given.until_stdin_closes)
    world.end()
    if not given.dir:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    os._exit(0)


main()
