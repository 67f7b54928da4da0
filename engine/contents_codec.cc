// Ways in: EncodeRelease, EncodeTree, EncodeOverlap and the ways back.
#include "engine/contents_codec.h"

#include <cstdint>
#include <string>
#include <utility>

#include "engine/facts_fields.h"
#include "engine/word_decoder.h"
#include "policy/printable.h"

namespace extgate {

void EncodeRelease(const ExtensionRelease& release, v1::ExtensionRelease& out) {
  out.set_name(RecordedText(release.name));
  out.set_by_fallback(release.by_fallback);
  out.set_lax(release.lax);
  for (const auto& [key, value] : release.fields) {
    (*out.mutable_fields())[RecordedText(key)] = RecordedText(value);
  }
}

void EncodeTree(const TreeFacts& tree, v1::Tree& out) {
  out.set_truncated(tree.truncated);
  for (const TreeFile& file : tree.files) {
    v1::Tree::File* entry = out.add_files();
    entry->set_path(RecordedText(file.path));
    entry->set_type(ToWord(file.type));
    entry->set_permissions(file.permissions);
    entry->set_uid(file.uid);
    entry->set_gid(file.gid);
    entry->set_device_major(file.device_major);
    entry->set_device_minor(file.device_minor);
    entry->set_target(RecordedText(file.target));
    for (const std::string& name : file.attributes) {
      entry->add_attributes(RecordedText(name));
    }
  }
}

void EncodeOverlap(const Evidence<HostOverlap>& overlap, v1::HostOverlap& out) {
  if (const Malformed* malformed = overlap.malformed()) {
    out.set_problem(PrintableText(malformed->why));
  }
  const HostOverlap* found = overlap.value();
  if (found == nullptr) return;
  for (const TypeConflict& conflict : found->conflicts) {
    v1::HostOverlap::TypeConflict* entry = out.add_conflicts();
    entry->set_path(RecordedText(conflict.path));
    entry->set_image(ToWord(conflict.image));
    entry->set_host(ToWord(conflict.host));
  }
  for (const std::string& path : found->shadowed) {
    out.add_shadowed(RecordedText(path));
  }
}

ExtensionRelease DecodeRelease(const v1::ExtensionRelease& in) {
  ExtensionRelease release;
  release.name = in.name();
  release.by_fallback = in.by_fallback();
  release.lax = in.lax();
  release.fields.insert(in.fields().begin(), in.fields().end());
  return release;
}

TreeFacts DecodeTree(const v1::Tree& in, absl::Status& status) {
  TreeFacts tree;
  tree.truncated = in.truncated();
  for (const v1::Tree::File& entry : in.files()) {
    TreeFile file;
    file.path = entry.path();
    DecodeInto(entry.type(), file.type, status);
    file.permissions = static_cast<uint16_t>(entry.permissions());
    file.uid = entry.uid();
    file.gid = entry.gid();
    file.device_major = entry.device_major();
    file.device_minor = entry.device_minor();
    file.target = entry.target();
    file.attributes.assign(entry.attributes().begin(),
                           entry.attributes().end());
    tree.files.push_back(std::move(file));
  }
  return tree;
}

}  // namespace extgate
