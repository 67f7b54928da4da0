// One way in: FactsToJson. The only place that knows the generated type.
#include "engine/facts_codec.h"

#include "absl/strings/escaping.h"
#include "engine/message_json.h"
#include "policy/printable.h"
#include "proto/facts.pb.h"

namespace extgate {
namespace {

// Adds what is wrong with `evidence`, if anything.
template <typename T>
void AddProblem(const char* aspect, const Evidence<T>& evidence,
                v1::Facts& out) {
  if (const Malformed* malformed = evidence.malformed()) {
    v1::Problem* problem = out.add_problems();
    problem->set_aspect(aspect);
    problem->set_kind("malformed");
    problem->set_where(PrintableText(malformed->where));
    problem->set_why(PrintableText(malformed->why));
  } else if (const Unsupported* unsupported = evidence.unsupported()) {
    v1::Problem* problem = out.add_problems();
    problem->set_aspect(aspect);
    problem->set_kind("unsupported");
    problem->set_why(PrintableText(unsupported->what));
  }
}

void EncodeTable(const PartitionTable& table, v1::PartitionTable& out) {
  out.set_sector_size(table.sector_size);
  for (const Partition& partition : table.partitions) {
    v1::Partition* entry = out.add_partitions();
    entry->set_index(partition.index);
    entry->set_type_guid(partition.type_guid);
    entry->set_uuid(partition.uuid);
    entry->set_label(PrintableText(partition.label));
    entry->set_attributes(partition.attributes);
    entry->set_offset(partition.range.offset);
    entry->set_size(partition.range.size);
  }
}

void EncodeLayout(const Layout& layout, v1::Layout& out) {
  out.set_designator(ToWord(layout.designator));
  if (layout.architecture) out.set_architecture(ToWord(*layout.architecture));
  for (const std::string& other : layout.other_designators) {
    out.add_other_designators(other);
  }
}

void EncodeTree(const VerityTree& tree, v1::VerityTree& out) {
  out.set_algorithm(tree.algorithm);
  out.set_data_block_size(tree.data_block_size);
  out.set_hash_block_size(tree.hash_block_size);
  out.set_data_blocks(tree.data_blocks);
  out.set_salt(absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(tree.salt.data()), tree.salt.size())));
  if (tree.root_hash) out.set_root_hash(tree.root_hash->hex());
}

void EncodeRelease(const ExtensionRelease& release, v1::ExtensionRelease& out) {
  out.set_name(PrintableText(release.name));
  out.set_by_fallback(release.by_fallback);
  for (const auto& [key, value] : release.fields) {
    (*out.mutable_fields())[PrintableText(key)] = PrintableText(value);
  }
}

void EncodeStanding(const SignatureStanding& standing,
                    v1::SignatureStanding& out) {
  out.set_state(ToWord(standing.state));
  out.set_detail(PrintableText(standing.detail));
  for (const Signer& signer : standing.signers) {
    v1::SignatureStanding::Signer* entry = out.add_signers();
    entry->set_subject(PrintableText(signer.subject));
    entry->set_issuer_and_serial(PrintableText(signer.issuer_and_serial));
    if (signer.sha256) entry->set_sha256(signer.sha256->hex());
    entry->set_trusted(signer.trusted);
    entry->set_revoked(signer.revoked);
    entry->set_origin(PrintableText(signer.origin));
  }
}

v1::Facts Encode(const ImageFacts& facts, const SignatureStanding& standing) {
  v1::Facts out;
  out.set_file_name(PrintableText(facts.file_name));
  out.set_name(PrintableText(facts.name));
  out.set_class_(ToWord(facts.image_class));
  out.set_size(static_cast<int64_t>(facts.size_bytes));
  out.set_unreadable(PrintableText(facts.unreadable));
  out.set_container(ToWord(facts.container));
  AddProblem("table", facts.table, out);
  AddProblem("layout", facts.layout, out);
  AddProblem("verity", facts.verity, out);
  AddProblem("signature", facts.signature, out);
  AddProblem("filesystem", facts.filesystem, out);
  AddProblem("release", facts.release, out);
  if (auto* table = facts.table.value()) {
    EncodeTable(*table, *out.mutable_table());
  }
  if (auto* layout = facts.layout.value()) {
    EncodeLayout(*layout, *out.mutable_layout());
  }
  if (auto* tree = facts.verity.value()) {
    EncodeTree(*tree, *out.mutable_verity());
  }
  if (auto* signature = facts.signature.value()) {
    out.mutable_signature()->set_root_hash(signature->root_hash->hex());
    out.mutable_signature()->set_pkcs7(signature->pkcs7_der);
  }
  if (auto* filesystem = facts.filesystem.value()) {
    out.set_filesystem(*filesystem);
  }
  if (auto* release = facts.release.value()) {
    EncodeRelease(*release, *out.mutable_release());
  }
  out.set_has_os_release(facts.has_os_release);
  for (const std::string& path : facts.forbidden_paths) {
    out.add_forbidden_paths(PrintableText(path));
  }
  out.mutable_data_check()->set_complete(facts.data_check.complete);
  if (facts.data_check.first_bad_offset) {
    out.mutable_data_check()->set_corrupt(true);
    out.mutable_data_check()->set_first_bad_offset(
        *facts.data_check.first_bad_offset);
  }
  if (facts.sha256) out.set_sha256(facts.sha256->hex());
  EncodeStanding(standing, *out.mutable_standing());
  return out;
}

}  // namespace

std::string FactsToJson(const ImageFacts& facts,
                        const SignatureStanding& standing) {
  return MessageToJson(Encode(facts, standing), JsonLayout::kOneLine);
}

}  // namespace extgate
