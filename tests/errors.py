#!/usr/bin/env python3
"""errors.py [VALIDATE]: rewrites docs/errors.md: what Kiln and Packer 1.6.6 (Debian's package `packer`) say to every template in validate/tests/mistakes.

A template there has one mistake; its name is NAME.LINE.json or NAME.LINE.pkr.hcl, and LINE is where the mistake stands.
"""
import os, pathlib, re, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent
INTRODUCTION = """# Mistakes, and what is said to them

{count} templates with one mistake each, and what Kiln and Packer 1.6.6 say: `validate FILE` and `packer validate FILE`. The templates are in `validate/tests/mistakes`; a test
checks that Kiln names the line of the mistake, and that this page is what it says. The page is made by `tests/errors.py`, with Debian's package `packer`.
Kiln names the line in all {count}; Packer in {packer}.
"""


def said(command, folder):
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": str(folder), "CHECKPOINT_DISABLE": "1"})
    lines = [line.rstrip() for line in (ran.stdout + ran.stderr).strip().splitlines()]
    # Where Packer crashes, what follows is the trace of its stack.
    crash = next((at for at, line in enumerate(lines) if "PACKER CRASH" in line), len(lines))
    return [line.replace(str(folder) + "/", "") for line in lines[:crash]] + (["(Packer crashes)"] if crash < len(lines) else [])


def indented(lines):
    return "".join(f"    {line}".rstrip() + "\n" for line in lines)


def main():
    validate = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "target/debug/validate").resolve())
    parts, named = [], 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder) / "mistakes"
        shutil.copytree(HERE / "validate/tests/mistakes", folder)
        names = sorted(path.name for path in folder.iterdir())
        for name in names:
            what, line = re.match(r"(.*)\.(\d+)\.", name).groups()
            packer = said(["packer", "validate", name], folder)
            text = " ".join(packer)
            named += bool(re.search(rf"\bline {line}\b", text, re.IGNORECASE))
            parts.append(f"\n## {what}\n\n{indented(said([validate, name], folder))}\nPacker:\n\n{indented(packer)}")
    page = INTRODUCTION.format(count=len(names), packer=named) + "".join(parts)
    (HERE / "docs/errors.md").write_text(page)


main()
