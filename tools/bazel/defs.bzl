"""What the packages of this workspace share.

Conventions:
  * load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")
  * proto_library and cc_proto_library are native: no load.
  * Packages are private by default. A target opens only to the folders right
    of it: proto, policy, engine, adapters, adapters/cli.
  * A test sits beside what it tests and depends on //third_party:gtest_main.

The shipped program carries Abseil, protobuf, RE2, yaml-cpp and the C++
runtime; libc and libcrypto stay shared, every initrd has them. libcrypto is
loaded when it is needed (engine/crypto/libcrypto.h), so ldd does not show it.
Write in its cc_binary:

    linkopts = EXTGATE_LINKOPTS,
    deps = [...] + EXTGATE_LINK_DEPS,
"""

# gcc knows -static-libgcc; -static-libstdc++ is g++'s alone, and Bazel links
# with gcc: //third_party:static_libstdcxx does that part.
EXTGATE_LINKOPTS = select({
    "//tools/bazel:asan": [],
    "//conditions:default": [
        "-static-libgcc",
        "-Wl,--as-needed",
        "-Wl,--gc-sections",
    ],
})

EXTGATE_LINK_DEPS = select({
    # The sanitizer runtime needs the shared C++ runtime.
    "//tools/bazel:asan": [],
    "//conditions:default": [
        "//third_party:lazy_descriptors",
        "//third_party:no_compressors",
        "//third_party:static_libstdcxx",
    ],
})
