"""clang_tidy: an aspect that checks each source of the product by clang-tidy.

    bazel build --config=clang-tidy //agent/...

An action for each file, so that what has not changed is not checked again, and
generated headers are there without anybody building them first.
"""

def _flags(ctx, context):
    flags = ["-std=c++17", "-iquote.", "-iquote" + ctx.bin_dir.path]
    flags += getattr(ctx.rule.attr, "copts", [])
    flags += ["-D" + define for define in context.defines.to_list()]
    for option, directories in [
        ("-I", context.includes),
        ("-isystem", context.system_includes),
    ]:
        flags += [option + directory for directory in directories.to_list()]
    return flags

def _check(ctx, source, headers, flags):
    report = ctx.actions.declare_file(source.basename + ".clang-tidy")
    ctx.actions.run_shell(
        # clang-tidy also counts, on standard error, warnings that it keeps back.
        command = "report=$1; shift; clang-tidy --quiet \"$@\" >\"$report\" 2>&1 || " +
                  "{ cat \"$report\"; exit 1; }",
        arguments = [
            report.path,
            "--config-file=" + ctx.file._rules.path,
            source.path,
            "--",
        ] + flags,
        inputs = depset([source, ctx.file._rules], transitive = [headers]),
        outputs = [report],
        mnemonic = "ClangTidy",
        progress_message = "Checking " + source.short_path,
        use_default_shell_env = True,
    )
    return report

def _clang_tidy_impl(_target, ctx):
    # The product alone, for time.
    if ctx.label.package.startswith("tests"):
        return []
    dependencies = [
        dependency[CcInfo]
        for dependency in getattr(ctx.rule.attr, "deps", [])
        if CcInfo in dependency
    ]
    context = cc_common.merge_cc_infos(cc_infos = dependencies).compilation_context
    own = [
        file
        for attribute in ["srcs", "hdrs"]
        for target in getattr(ctx.rule.attr, attribute, [])
        for file in target.files.to_list()
        if file.extension in ["cc", "h"]
    ]
    headers = depset(own, transitive = [context.headers])
    reports = [
        _check(ctx, file, headers, _flags(ctx, context))
        for file in own
        if file.extension == "cc" and file.is_source
    ]
    return [OutputGroupInfo(clang_tidy = depset(reports))]

clang_tidy = aspect(
    implementation = _clang_tidy_impl,
    attrs = {
        "_rules": attr.label(
            default = "//:.clang-tidy",
            allow_single_file = True,
        ),
    },
)
