#!/usr/bin/env python3
"""upgrade-corpus.py CORPUS WORK [VALIDATE]: `validate --hcl2` over the JSON templates of a corpus: does what it makes plan what the template plans?

CORPUS is as for corpus.py. Each template is planned as it was with Packer: in the folder where it could be read, with the same variables. What it lacks is given, as Packer was given it:
files are made, variables that are needed or empty get values. A template that is refused all the same is compared by what is wrong with it. Exit status 1 when one differs.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from corpus import create
from plans import Validate, difference, messages

HERE = pathlib.Path(__file__).resolve().parent
UNDECLARED = re.compile(r"there is no variable '(.*?)'|^variable '(.*?)': variables need one another: \2 → \2$")
ELSEWHERE = re.compile(r"Kiln has no post-processor '(.*?)'")
# Values that empty variables are given: by their names, else one for all.
NAMED = [("checksum", "none"), ("url", "http://host/x.iso"), ("ami", "ami-12345678"), ("region", "us-east-1"), ("instance_type", "t3.micro")]
NAMED += [(name, "1") for name in ("size", "memory", "cpu", "port", "num")] + [(name, "1m") for name in ("timeout", "wait")]
VALUES = [None, "x", "1", "1m", "http://host/x.iso", "t3.micro", "ami-12345678", "us-east-1", "true"]


def variables(path):
    """The variables of a template and their values, as they are written."""
    try:
        return json.loads(path.read_text(), strict=False).get("variables") or {}
    except (ValueError, AttributeError):
        return {}


def given(repo, line, folder):
    arguments = ["--allow-unknown", "--no-data"]
    if line.get("var_file"):
        arguments.append(f"-var-file={os.path.relpath(repo / line['var_file'], folder)}")
    return arguments + [f"-var={name}={value}" for name, value in (line.get("vars_given") or {}).items()]


def prepared(validate, folder, template, arguments):
    """Makes the files that are missing, and leaves out what no tool here does; gives the arguments with that, and what is wrong still."""
    for _ in range(9):
        found = validate.errors(folder, *arguments, template)
        texts = [one["message"] for one in found]
        # What a variable needs and nobody declares, or is itself, is given.
        named = sorted({name for text in texts for pair in UNDECLARED.findall(text) for name in pair if name})
        elsewhere = sorted({name for text in texts for name in ELSEWHERE.findall(text)})
        made = [create(folder, [one]) for one in found] + [replaced(folder, text) for text in texts]
        if not named and not elsewhere and not any(made):
            break
        arguments = arguments + [f"-var={name}=x" for name in named] + [f"-except={name}" for name in elsewhere]
    return arguments, found


def replaced(folder, message):
    """Puts a file in the place of an empty folder that the corpus was given for it."""
    path = folder / message.removesuffix(" is a folder, not a file")
    if not message.endswith(" is a folder, not a file") or any(path.iterdir()):
        return False
    path.rmdir()
    path.touch()
    return True


def fill(names, value):
    """Arguments that give these variables a value."""
    by_name = [next((one for part, one in NAMED if part in name.lower()), "x") if value is None else value for name in names]
    return [f"-var={name}={one}" for name, one in zip(names, by_name)]


def rescued(validate, folder, template, arguments, path):
    """Arguments with which the template can be planned, if there are some; else those with the fewest errors, and the errors."""
    arguments, found = prepared(validate, folder, template, arguments)
    empty = [name for name, value in variables(path).items() if value in (None, "") and not any(one.startswith(f"-var={name}=") for one in arguments)]
    best = arguments, found
    for value in VALUES if empty else []:
        if not best[1]:
            break
        tried = prepared(validate, folder, template, arguments + fill(empty, value))
        best = tried if len(tried[1]) < len(best[1]) else best
    return best[0], validate.errors(folder, *best[0], template)


def compared(validate, repo, line):
    """Whether the template and its upgrade are the same, and how that is known: by plan, by what is wrong, or not at all."""
    path = repo / line["path"]
    folder = (path.parent / (line.get("rescue_cwd") or ".")).resolve()
    folder = folder if folder.is_dir() and folder.is_relative_to(repo) else path.parent
    template = os.path.relpath(path, folder)
    upgraded = re.sub(r"\.json$", "", template) + ".upgraded.pkr.hcl"
    said = validate.upgrade(folder, template, upgraded)
    if said:
        return "is no template", [said] if not validate.errors(folder, template) else []
    arguments, found = rescued(validate, folder, template, given(repo, line, folder), path)
    if not found:
        return "by plan", difference(validate, folder, template, upgraded, *arguments)
    theirs = validate.errors(folder, *arguments, upgraded)
    ours, theirs = set(messages(found)), set(messages(theirs))
    return "by errors", [f"- {one}" for one in sorted(ours - theirs)] + [f"+ {one}" for one in sorted(theirs - ours)]


def main():
    # Some templates name files above their repository.
    corpus, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve() / "repositories"
    program = sys.argv[3] if len(sys.argv) > 3 else HERE.parent / "target/debug/validate"
    subprocess.run([sys.executable, str(corpus / "materialize.py"), str(work)], check=True)
    table = collections.Counter()
    with tempfile.TemporaryDirectory() as beside:
        validate = Validate(program, beside)
        for row in (corpus / "verdicts.jsonl").read_text().splitlines():
            line = json.loads(row)
            if line["kind"] != "json":
                continue
            how, lines = compared(validate, work / line["repo"].replace("/", "__"), line)
            table[how, "differs" if lines else "same"] += 1
            if lines:
                print(f"{line['repo']}/{line['path']} ({how})\n" + "".join(f"  {one}\n" for one in lines[:12]), end="", flush=True)
    print("\n| compared | | templates |\n| --- | --- | --- |")
    for row, count in sorted(table.items()):
        print("|", " | ".join(row), "|", count, "|")
    sys.exit(1 if any(verdict == "differs" for _, verdict in table) else 0)


main()
