// Release files in one folder: a byte for the class, the image's name in a
// line, then for each file a line with its suffix, a line with its attribute
// (empty: none), the length of its text (2 bytes, little-endian), the text.
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/image/extension_release.h"
#include "engine/image/memory_tree.h"
#include "engine/image/node_tree.h"
#include "engine/image/release_file.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

struct File {
  std::string attribute;
  std::string text;
};
using Files = std::map<std::string, File>;  // by suffix

Evidence<ExtensionRelease> Find(ImageClass image_class, absl::string_view name,
                                const Files& files) {
  const char* const folder = image_class == ImageClass::kSysext
                                 ? "usr/lib/extension-release.d/"
                                 : "etc/extension-release.d/";
  auto tree = std::make_unique<MemoryTree>();
  for (const auto& [suffix, file] : files) {
    const std::string path = absl::StrCat(folder, "extension-release.", suffix);
    tree->File(path, file.text);
    if (file.attribute.empty()) continue;
    tree->SetXattr(path, "user.extension-release.strict", file.attribute);
  }
  const std::unique_ptr<Filesystem> filesystem =
      MakeFilesystem(std::move(tree));
  const auto found = FindExtensionRelease(*filesystem, image_class, name);
  Require(found.ok(), "a tree in memory gives no I/O error");
  return *found;
}

void CheckValue(const ExtensionRelease& release, absl::string_view name,
                const Files& files) {
  Require(release.by_fallback != (release.name == name),
          "another name is found by the fallback only");
  Require(files.count(release.name) == 1, "the file is there");
  const auto fields = ParseReleaseFile(files.at(release.name).text);
  Require(fields.ok() && *fields == release.fields, "the fields are its own");
  Require(!release.lax || release.by_fallback,
          "the attribute is asked of a fallback only");
  Require(!release.lax || !files.at(release.name).attribute.empty(),
          "only an attribute makes a file acceptable");
}

void Check(ImageClass image_class, absl::string_view name, Files files) {
  const Evidence<ExtensionRelease> found = Find(image_class, name, files);
  Require(found == Find(image_class, name, files), "found alike twice");
  Require(found.unsupported() == nullptr, "a tree in memory is read");
  Require(IsImageName(name) || found.absent(),
          "what is no image's name has no release");
  if (found.value() != nullptr) CheckValue(*found.value(), name, files);
  // A file of the image's own name outweighs all others, right or wrong, unless
  // it would be longer than a file name can be.
  if (!IsImageName(name) ||
      absl::StrCat("extension-release.", name).size() > 255) {
    return;
  }
  files[std::string(name)] = {"", "ID=own\n"};
  const Evidence<ExtensionRelease> own = Find(image_class, name, files);
  Require(own.value() != nullptr && !own.value()->by_fallback &&
              own.value()->fields.at("ID") == "own",
          "the image's own name comes first");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const auto image_class = input.U8() % 2 == 0 ? extgate::ImageClass::kSysext
                                               : extgate::ImageClass::kConfext;
  const absl::string_view name = input.Until('\n');
  extgate::Files files;
  while (!input.empty() && files.size() < 16) {
    const std::string suffix(input.Until('\n'));
    const std::string attribute(input.Until('\n'));
    const auto text = input.Bytes(input.U16());
    // What no directory can hold.
    if (suffix.size() > 200 ||
        suffix.find_first_of(std::string("/\0", 2)) != std::string::npos) {
      continue;
    }
    files[suffix] = {attribute, std::string(text.begin(), text.end())};
  }
  extgate::Check(image_class, name, std::move(files));
  return 0;
}
