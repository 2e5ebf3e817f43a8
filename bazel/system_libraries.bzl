"""One external repository with a cc_library for each installed -dev package."""

# Target name: Debian package, then its pkg-config modules.
_LIBRARIES = {
    "absl": "libabsl-dev absl_flags_parse absl_flat_hash_map absl_random_random absl_statusor absl_strings absl_time",
    "cli11": "libcli11-dev CLI11",
    "googletest": "libgmock-dev gmock_main gtest",
    "grpc": "libgrpc++-dev grpc++ protobuf",
    "httplib": "libcpp-httplib-dev cpp-httplib openssl",
    "jemalloc": "libjemalloc-dev jemalloc",
    "libarchive": "libarchive-dev libarchive",
    "libgit2": "libgit2-dev libgit2",
    "nlohmann_json": "nlohmann-json3-dev nlohmann_json",
    "openssl": "libssl-dev openssl",
    "prometheus_cpp": "prometheus-cpp-dev prometheus-cpp-core",
    "protobuf": "libprotobuf-dev protobuf",
    "protobuf_lite": "libprotobuf-dev protobuf-lite",
    "sqlite": "libsqlite3-dev sqlite3",
    "yaml_cpp": "libyaml-cpp-dev yaml-cpp",
    "zstd": "libzstd-dev libzstd",
}

# Those that are headers alone and have no pkg-config module: Debian package,
# then a header.
_HEADERS = {
    "dtl": "libdtl-dev /usr/include/dtl/dtl.hpp",
}

_TARGET = """
cc_library(
    name = "{name}",
    defines = {defines},
    linkopts = {linkopts},
)
"""

def _system_libraries_impl(ctx):
    pkg_config = ctx.which("pkg-config")
    if not pkg_config:
        fail("pkg-config is missing: apt-get install pkg-config")
    targets, missing = [], []
    for name, value in _LIBRARIES.items():
        words = value.split(" ")
        package, modules = words[0], words[1:]
        found = ctx.execute([pkg_config, "--cflags", "--libs"] + modules)
        if found.return_code:
            missing.append(package)
            continue

        # Bazel's own flags end in -no-as-needed: link only what is used.
        defines, linkopts = [], ["-Wl,--as-needed"]
        flags = found.stdout.replace("\n", " ").split(" ")
        for i, flag in enumerate(flags):
            if flag.startswith("-D"):
                defines.append(flag[2:])
            elif flag.startswith("-l") and flag not in flags[i + 1:]:
                # The last place counts: static archives stand after their users.
                linkopts.append(flag)
        targets.append(_TARGET.format(
            name = name,
            defines = repr(defines),
            linkopts = repr(linkopts),
        ))
    for name, value in _HEADERS.items():
        package, header = value.split(" ")
        if not ctx.path(header).exists:
            missing.append(package)
        targets.append(_TARGET.format(name = name, defines = [], linkopts = []))
    if missing:
        fail("missing libraries: apt-get install " + " ".join(missing))
    ctx.file("BUILD.bazel", "\n".join([
        'load("@rules_cc//cc:defs.bzl", "cc_library")',
        'package(default_visibility = ["//visibility:public"])',
    ] + targets))

system_libraries = repository_rule(
    implementation = _system_libraries_impl,
    configure = True,
    local = True,
)
