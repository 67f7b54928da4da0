"""Fuzz targets; see docs/fuzzing.md."""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")

def fuzz_target(name, deps, srcs = []):
    """NAME_fuzzer.cc as NAME_fuzz_test, which replays a corpus, and NAME_fuzzer.

    Args:
      name: of the target and of its corpus, testdata/fuzz/NAME.
      deps: what NAME_fuzzer.cc includes, beside fuzz/fuzz.h.
      srcs: of the target, beside NAME_fuzzer.cc.
    """
    cc_library(
        name = name + "_target",
        testonly = True,
        srcs = [name + "_fuzzer.cc"] + srcs,
        # It is the main() that calls into it.
        alwayslink = True,
        deps = deps + ["//fuzz"],
    )
    cc_test(
        name = name + "_fuzz_test",
        size = "small",
        args = ["testdata/fuzz/" + name],
        data = ["//testdata/fuzz:" + name],
        deps = [
            ":" + name + "_target",
            "//fuzz:replay",
        ],
    )

    # Links under --config=fuzz only.
    cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [":" + name + "_target"],
    )
