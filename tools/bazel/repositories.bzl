"""Repository rules that turn installed Debian packages into Bazel ones."""

def _debian_rules_cc_impl(ctx):
    # bazel-rules-cc imports `use_cpp_toolchain`, which the packaged Bazel 4.2
    # lacks. Take every file as it is but these two, and in them name the
    # toolchain type by hand; that is what the function does.
    root = ctx.path(ctx.attr.path)
    private = root.get_child("cc").get_child("private")
    rules_impl_path = private.get_child("rules_impl")
    rules_impl = "cc/private/rules_impl"
    patched = ["cc_flags_supplier.bzl", "compiler_flag.bzl"]

    for entry in root.readdir():
        if entry.basename not in ("cc", "WORKSPACE", "MODULE.bazel"):
            ctx.symlink(entry, entry.basename)
    for entry in root.get_child("cc").readdir():
        if entry.basename != "private":
            ctx.symlink(entry, "cc/" + entry.basename)
    for entry in private.readdir():
        if entry.basename != "rules_impl":
            ctx.symlink(entry, "cc/private/" + entry.basename)
    for entry in rules_impl_path.readdir():
        if entry.basename not in patched:
            ctx.symlink(entry, rules_impl + "/" + entry.basename)
    for name in patched:
        text = ctx.read(rules_impl_path.get_child(name))
        text = text.replace(', "use_cpp_toolchain")', ")")
        text = text.replace(
            "use_cpp_toolchain()",
            '["@bazel_tools//tools/cpp:toolchain_type"]',
        )
        ctx.file(rules_impl + "/" + name, text)
    ctx.file("WORKSPACE", 'workspace(name = "rules_cc")\n')

debian_rules_cc_repository = repository_rule(
    implementation = _debian_rules_cc_impl,
    attrs = {"path": attr.string(default = "/usr/share/bazel/rules/cc")},
    local = True,
    doc = "The packaged rules_cc, patched to load in Bazel 4.2.",
)

def _static_archives_impl(ctx):
    # Abseil is some eighty archives, other ones in each release: ask the
    # compiler where they are and list what is there.
    result = ctx.execute(["gcc", "-print-file-name=libabsl_base.a"])
    absl_base = result.stdout.strip()
    if result.return_code != 0 or not absl_base.startswith("/"):
        fail("libabsl_base.a not found: run tools/install-deps")
    names = sorted([
        entry.basename
        for entry in ctx.path(absl_base).dirname.readdir()
        if entry.basename.startswith("libabsl_") and
           entry.basename.endswith(".a")
    ])

    result = ctx.execute(["gcc", "-print-file-name=libstdc++.a"])
    libstdcxx = result.stdout.strip()
    if result.return_code != 0 or not libstdcxx.startswith("/"):
        fail("libstdc++.a not found: run tools/install-deps")
    ctx.symlink(libstdcxx, "libstdcxx/libstdc++.a")

    # The folder is absolute: the sandbox shows it, but not at its relative
    # place, since a library search path is no input of the link.
    ctx.file("archives.bzl", "ABSL_ARCHIVES = [\n%s]\n%s" % (
        "".join(['    "%s",\n' % name for name in names]),
        'LIBSTDCXX_FOLDER = "%s"\n' % ctx.path("libstdcxx"),
    ))
    ctx.file("BUILD.bazel", 'exports_files(["archives.bzl"])\n')
    ctx.file("WORKSPACE", 'workspace(name = "static_archives")\n')

static_archives_repository = repository_rule(
    implementation = _static_archives_impl,
    local = True,
    doc = "archives.bzl: the names of Abseil's archives, and a folder that " +
          "holds libstdc++.a and nothing else.",
)

def _coverage_stub_impl(ctx):
    ctx.file("WORKSPACE", 'workspace(name = "remote_coverage_tools")\n')
    ctx.file("BUILD.bazel", """\
filegroup(
    name = "coverage_report_generator",
    visibility = ["//visibility:public"],
)
""")

coverage_stub_repository = repository_rule(
    implementation = _coverage_stub_impl,
    doc = "An empty stand-in for remote_coverage_tools.",
)
