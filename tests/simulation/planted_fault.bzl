"""A test that the simulation finds a fault.

The source with the fault is compiled into the test itself, so that the linker
takes it instead of the library's; everything else is the product's.
"""

load("@rules_cc//cc:defs.bzl", "cc_test")

def planted_fault_test(name, source, package, invariant, deps, first_seed = 1):
    """`name`.fault is planted into `source` of `package`; `invariant` breaks.

    Args:
      name: the fault
      source: the file
      package: where it is
      invariant: of `invariants.cc`
      deps: what the file needs and the simulation's test does not
      first_seed: of the histories; for a fault that shows late, to save time
    """
    planted = name + "_planted.cc"
    native.genrule(
        name = name + "_source",
        srcs = ["//" + package + ":" + source, "faults/" + name + ".fault"],
        outs = [planted],
        cmd = "python3 $(location plant.py) $(location //" + package + ":" +
              source + ") $(location faults/" + name + ".fault) $@",
        tools = ["plant.py"],
    )
    cc_test(
        name = name + "_test",
        size = "medium",
        srcs = [planted],
        args = ["--gtest_brief=1"],
        # What is wrong with the source is known.
        copts = ["-w"],
        env = {
            "ROLLOUT_FIRST": str(first_seed),
            "ROLLOUT_PLANTED": invariant,
        },
        tags = ["no-asan"],
        deps = [":simulation", ":world"] + deps,
    )
