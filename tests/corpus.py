#!/usr/bin/env python3
"""corpus.py CORPUS WORK [VALIDATE]: runs validate over a corpus of published templates, and compares its verdicts with Packer's.

CORPUS holds verdicts.jsonl (a template a line: repo, path, kind, unit, vars_given, var_file, and what Packer 1.6.6 said: packer_exit, final, final_class,
packer_message_gist), and materialize.py, which lays the templates out under WORK. Each is checked as it was with Packer: in its own folder, with the same variables.
Prints a table of agreement, then each difference with its reason out of tests/corpus-reasons.tsv: a pattern of REPO/PATH, a tab, the reason. Exit status 1 when a
difference has none.
"""
import collections
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# Codes of findings that are about what Kiln does not have.
FOREIGN = {"not-in-this-version"}
SUFFIXES = {".bat", ".cfg", ".cmd", ".ps1", ".rb", ".sh", ".xml", ".yaml", ".yml"}
# Why Packer 1.6.6 refuses a template that newer ones, or one with a network, may take.
TOO_OLD = {
    "data source (1.7+)",
    "needs network",
    "newer block type",
    "newer function",
    "newer option",
    "plugin not in 1.6.6",
    "reference not resolvable in 1.6.6",
    "several templates in one directory",
    "tool missing on host (ansible etc.)",
}


def packer(line):
    """What Packer says: ok, fails, or unknown where 1.6.6 is too old or had no network."""
    if line["packer_exit"] == 0 or line["final"] in ("ok: after packer fix", "ok: after strip-packer-block"):
        return "ok"
    return "unknown" if line.get("final_class") in TOO_OLD else "fails"


def errors(validate, folder, arguments):
    """What validate finds wrong."""
    command = [validate, "--format", "json", "--no-data", *arguments]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    found = [one for one in map(json.loads, ran.stdout.splitlines()) if one["severity"] == "error"]
    if ran.returncode not in (0, 2) or (ran.returncode == 2) != bool(found):
        sys.exit(f"{folder} {arguments}: exit {ran.returncode}: {ran.stderr}")
    return found


def create(folder, found):
    """Makes the files that are missing: they were there when Packer was asked, and the corpus does not list them. Says whether that is all that is wrong."""
    for one in found:
        named = re.search(r"(?:cannot read |can't read ')(.*?)'?: No such|(?:folder|file|script) '(.*?)'", one["message"])
        name = named and (named[1] or named[2])
        if one["code"] != "missing-file" or not name:
            return False
        path = folder / name
        # Folders of roles have dots in their names too.
        if "folder" in one["message"] or named[0].endswith("/: No such") or path.suffix not in SUFFIXES:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return bool(found)


def kiln(validate, work, line, theirs):
    """What Kiln says: ok or fails, what is wrong, and whether the template names what is Packer's only."""
    repo = work / line["repo"].replace("/", "__")
    path = repo / line["path"]
    folder, target = (path, ".") if line["unit"] == "dir" else (path.parent, path.name)
    arguments = [f"-var={name}={value}" for name, value in (line.get("vars_given") or {}).items()]
    if line.get("var_file"):
        arguments.append(f"-var-file={os.path.relpath(repo / line['var_file'], folder)}")
    found = errors(validate, folder, [*arguments, target])
    foreign = any(one["code"] in FOREIGN for one in found)
    if foreign:
        arguments.append("--allow-unknown")
        found = errors(validate, folder, [*arguments, target])
    for _ in range(9 if theirs == "ok" else 0):
        if not create(folder, found):
            break
        found = errors(validate, folder, [*arguments, target])
    return ("fails" if found else "ok"), found, foreign


def main():
    corpus, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    validate = str(pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else HERE.parent / "target/debug/validate").resolve())
    subprocess.run([sys.executable, str(corpus / "materialize.py"), str(work)], check=True)
    rows = (HERE / "corpus-reasons.tsv").read_text().splitlines()
    reasons = [row.split("\t") for row in rows if not row.startswith("#")]
    table, text, different, without = collections.Counter(), [], 0, 0
    for row in (corpus / "verdicts.jsonl").read_text().splitlines():
        line = json.loads(row)
        name, theirs = f"{line['repo']}/{line['path']}", packer(line)
        ours, found, foreign = kiln(validate, work, line, theirs)
        table[line["kind"], "builders of others too" if foreign else "Kiln's builders only", theirs, ours] += 1
        if theirs in (ours, "unknown"):
            continue
        reason = next((why for pattern, why in reasons if fnmatch.fnmatchcase(name, pattern)), None)
        different += 1
        without += reason is None
        text.append(f"\n{name}\n  Packer {theirs}, Kiln {ours}: {reason or 'NO REASON'}")
        text.append(f"  Packer: {line['final']} {line.get('final_class', '')}: {line.get('packer_message_gist', '')[:300]}")
        text += [f"  Kiln: {one.get('file', '')}:{one.get('line', '')} [{one['code']}] {one['message']}" for one in found[:4]]
    print("| kind | | Packer 1.6.6 | Kiln | templates |\n| --- | --- | --- | --- | --- |")
    for row, count in sorted(table.items()):
        print("|", " | ".join(row), "|", count, "|")
    print("\n".join(text))
    print(f"\n{different} differences, {without} of them without a reason")
    sys.exit(1 if without else 0)


if __name__ == "__main__":
    main()
