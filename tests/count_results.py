#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the test cases of one run of Bazel.

Reads Bazel's build events, and the XML file of each test named there. Ends with
the line "N passed, N failed"; exit status 1 when any failed. A test that left no
readable XML, or was not built, counts as one failed case.
"""
import argparse
import json
import pathlib
import sys
import urllib.parse
import xml.etree.ElementTree


def path_of(uri):
    return pathlib.Path(urllib.parse.unquote(urllib.parse.urlparse(uri).path))


def cases_of(path):
    """The names of the cases that passed and that failed; none: unreadable."""
    passed, failed = [], []
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError):
        return passed, failed
    for case in root.iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif case.get("status") != "notrun" and case.get("result") not in (
                "skipped", "suppressed"):
            passed.append(name)
    return passed, failed


def read_events(path):
    """The tests' last results by target, shard and run; targets not built."""
    results, not_built = {}, set()
    for line in pathlib.Path(path).read_text().splitlines():
        event = json.loads(line)
        name = event.get("id", {})
        if "testResult" in name and "testResult" in event:
            key = tuple(str(name["testResult"].get(field, "")) for field in
                        ("label", "shard", "run"))
            results[key] = event["testResult"]
        elif "targetCompleted" in name and not event.get(
                "completed", {}).get("success"):
            not_built.add(name["targetCompleted"]["label"])
    return results, not_built


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bazel-status", type=int, required=True)
    parser.add_argument("events")
    options = parser.parse_args()

    results, not_built = read_events(options.events)
    passed, failed = 0, []
    for (label, _, _), result in sorted(results.items()):
        files = {f["name"]: path_of(f["uri"])
                 for f in result.get("testActionOutput", []) if "uri" in f}
        good, bad = cases_of(files.get("test.xml", pathlib.Path("/nowhere")))
        passed += len(good)
        failed += [f"{label} {name}" for name in bad]
        if result.get("status") != "PASSED" and not bad:
            failed.append(f"{label} ended as {result.get('status')}")
        if result.get("status") != "PASSED" and "test.log" in files:
            print(f"log of {label}: {files['test.log']}")
    failed += [f"{label} was not built" for label in sorted(not_built)]
    if options.bazel_status != 0 and not failed:
        failed.append(f"bazel ended with status {options.bazel_status}")

    for name in failed:
        print(f"FAILED: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
