#!/usr/bin/env python3
"""How planning and applying grow with the number of resources, beside Terraform where it is installed.

A layered graph of values that live only in state: layers of 50, each value reads two of the layer
above. The same graph is written for both: `core.value` for Ninefold, `terraform_data` for Terraform.

    tests/bench/scale.py --ninefold target/release/ninefold
    tests/bench/scale.py --sizes 1000 10000 --terraform terraform
    tests/bench/scale.py --generate DIR --sizes 1000      only write the two configurations

Each figure is of a whole process: wall time in seconds and peak memory in MiB. Syncs are counted in
a run of their own, under strace where that is installed, because it slows what it watches.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LAYER = 50
ENVIRONMENT = "environment: sandbox\ntarget: sandbox\n"
STACK = "stack: scale\nphases: [layers]\n"


def parents(index):
    """The two values of the layer above that a value reads; none in the first layer."""
    layer, place = divmod(index, LAYER)
    if layer == 0:
        return []
    above = (layer - 1) * LAYER
    return [above + place, above + (place + 1) % LAYER]


def write_ninefold(folder, size, generation=0):
    lines = ["phase: layers", "resources:"]
    for index in range(size):
        reads = ", ".join(f'"{{{{ v{parent}.id }}}}"' for parent in parents(index))
        lines.append(f"  v{index}:")
        lines.append("    kind: core.value")
        lines.append(f"    spec: {{ value: {{ index: {index}, generation: {generation}, above: [{reads}] }} }}")
    files = {
        "stacks/environments/sandbox.yaml": ENVIRONMENT,
        "stacks/scale/stack.yaml": STACK,
        "phases/layers.yaml": "\n".join(lines) + "\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def write_terraform(folder, size):
    blocks = []
    for index in range(size):
        reads = ", ".join(f"terraform_data.v{parent}.id" for parent in parents(index))
        blocks.append(
            f'resource "terraform_data" "v{index}" {{\n  input = {{ index = {index}, above = [{reads}] }}\n}}\n'
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.tf").write_text("".join(blocks))


def measure(command, folder, seconds):
    """Runs a command; gives its wall time, its peak memory and its output."""
    read, write = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(read)
        with tempfile.TemporaryFile() as output:
            status = subprocess.run(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, timeout=seconds)
            output.seek(0, os.SEEK_END)
            output.seek(max(0, output.tell() - 2000))
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            os.write(write, f"{status.returncode} {peak} ".encode() + output.read())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as result:
        text = result.read().decode(errors="replace")
    os.waitpid(child, 0)
    wall = time.monotonic() - started
    code, peak, output = (text.split(" ", 2) + ["", ""])[:3]
    if code != "0":
        sys.exit(f"{' '.join(map(str, command))} failed with {code or 'no answer'}:\n{output}")
    return wall, int(peak) / 1024, output


def count_syncs(command, folder):
    """How often a command waits for the disk, by strace; None where that isn't installed."""
    if not shutil.which("strace"):
        return None
    log = folder / "strace.txt"
    traced = ["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", str(log), *command]
    subprocess.run(traced, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    calls = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s.*?(?:fsync|fdatasync)$", log.read_text(), re.M)
    return sum(map(int, calls))


def bytes_below(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def ninefold_rows(binary, size, root, seconds):
    folder = root / f"ninefold-{size}"
    write_ninefold(folder, size)
    plan = [binary, "plan", "-e", "sandbox", "--format", "json"]
    apply = [binary, "apply", "-e", "sandbox", "--yes"]
    yield ("plan, all new", *measure(plan, folder, seconds)[:2], "")
    wall, peak, _ = measure(apply, folder, seconds)
    written = bytes_below(folder / ".ninefold")
    yield "plan and apply, all new", wall, peak, f"{written / size:.0f} bytes on disk each"
    wall, peak, _ = measure([*plan, "--detailed-exitcode"], folder, seconds)
    yield "plan, unchanged", wall, peak, ""
    if size <= 10000:
        shutil.rmtree(folder / ".ninefold")
        syncs = count_syncs(apply, folder)
        if syncs is not None:
            yield "the same apply under strace", float("nan"), float("nan"), f"{syncs} syncs"


def terraform_rows(binary, size, root, seconds):
    folder = root / f"terraform-{size}"
    write_terraform(folder, size)
    measure([binary, "init", "-input=false"], folder, seconds)
    yield ("plan, all new", *measure([binary, "plan", "-input=false"], folder, seconds)[:2], "")
    wall, peak, _ = measure([binary, "apply", "-auto-approve", "-input=false"], folder, seconds)
    yield "plan and apply, all new", wall, peak, ""
    yield ("plan, unchanged", *measure([binary, "plan", "-input=false", "-detailed-exitcode"], folder, seconds)[:2], "")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ninefold", default="ninefold", help="the binary, a release build")
    parser.add_argument("--terraform", default=shutil.which("terraform"), help="left out where it isn't installed")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000, 100000])
    parser.add_argument("--terraform-most", type=int, default=1000, help="larger sizes run without Terraform")
    parser.add_argument("--seconds", type=int, default=900, help="the longest that one command may take")
    parser.add_argument("--generate", type=Path, help="write the configurations here and stop")
    options = parser.parse_args()
    if options.generate:
        for size in options.sizes:
            write_ninefold(options.generate / f"ninefold-{size}", size)
            write_terraform(options.generate / f"terraform-{size}", size)
        return
    print("| resources | tool | what | seconds | MiB | |\n| ---: | --- | --- | ---: | ---: | --- |")
    binary = os.path.abspath(shutil.which(options.ninefold) or options.ninefold)
    with tempfile.TemporaryDirectory() as temporary:
        for size in options.sizes:
            tools = [("ninefold", ninefold_rows, binary)]
            if options.terraform and size <= options.terraform_most:
                tools.append(("terraform", terraform_rows, options.terraform))
            for tool, rows, path in tools:
                for what, wall, peak, note in rows(path, size, Path(temporary), options.seconds):
                    print(f"| {size:,} | {tool} | {what} | {wall:.2f} | {peak:.0f} | {note} |", flush=True)


if __name__ == "__main__":
    main()
