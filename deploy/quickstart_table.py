#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""quickstart_table.py DIR HOST...: what the update cost each host.

Reads DIR/swaps.json (rolloutctl get swaps -o json) and DIR/load-HOST.json.
Exit status 1 when a request failed or a host was not swapped.
"""
import json
import pathlib
import sys


def milliseconds(timings, *names):
    """The sum of timings like "0.0123s"; "-" when one is not there."""
    if any(name not in timings for name in names):
        return "-"
    total = sum(float(timings[name].rstrip("s")) for name in names)
    return f"{total * 1000:.1f} ms"


def main():
    directory, hosts = pathlib.Path(sys.argv[1]), sys.argv[2:]
    swaps = {swap["host"]: swap
             for swap in json.loads((directory / "swaps.json").read_text())
             .get("swaps", []) if swap.get("outcome") == "SWAPPED"}
    row = "{:<8} {:>11} {:>11} {:>11} {:>9} {:>7} {:>11}".format
    print(row("HOST", "STARTUP", "SWITCHOVER", "DRAIN", "SERVED", "FAILED",
              "SLOWEST"))
    good = True
    for host in hosts:
        load = json.loads((directory / f"load-{host}.json").read_text())
        timings = swaps.get(host, {}).get("timings", {})
        print(row(host, milliseconds(timings, "startup"),
                  milliseconds(timings, "switchover"),
                  milliseconds(timings, "wait", "exit"), load["ok"],
                  load["failed"], f"{load['latency_ms']['max']:.1f} ms"))
        for failure in load["failures"]:
            print("  " + failure)
        good = good and host in swaps and load["failed"] == 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
