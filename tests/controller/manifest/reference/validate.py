#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""validate.py SCHEMA FILE...: what a validator says of each YAML document.

A line each: "FILE:NUMBER: good", or what is wrong in place of "good".
"""

import json
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2, as editors read it: 022 is a number, yes is a text."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in (
    ("null", r"(~|null|Null|NULL|)", ["~", "n", "N", ""]),
    ("bool", r"(true|True|TRUE|false|False|FALSE)", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?",
     list("-+.0123456789")),
):
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:" + tag, re.compile("^" + pattern + "$"), first)
# PyYAML would take 022 for an octal number.
Loader.add_constructor(
    "tag:yaml.org,2002:int",
    lambda loader, node: int(loader.construct_scalar(node)))


def leaves(error):
    """What it comes down to: of alternatives, what is wrong with each."""
    if not error.context:
        yield "%s: %s" % ("/".join(map(str, error.absolute_path)),
                          error.message.replace("\n", " "))
    for below in error.context:
        yield from leaves(below)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            for number, document in enumerate(yaml.load_all(file, Loader)):
                errors = [leaf for error in validator.iter_errors(document)
                          for leaf in leaves(error)]
                print("%s:%d: %s" % (path, number, "; ".join(errors) or "good"))


main()
