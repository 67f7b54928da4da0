// Ways in: FactsToJson, FactsToBytes and the ways back. Only this and the
// codecs of its parts know the generated types.
#include "engine/facts_codec.h"

#include "absl/strings/escaping.h"
#include "engine/contents_codec.h"
#include "engine/facts_fields.h"
#include "engine/message_json.h"
#include "engine/partition_codec.h"
#include "engine/signature_codec.h"
#include "engine/word_decoder.h"
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
    problem->set_where(RecordedText(malformed->where));
    problem->set_why(RecordedText(malformed->why));
  } else if (const Unsupported* unsupported = evidence.unsupported()) {
    v1::Problem* problem = out.add_problems();
    problem->set_aspect(aspect);
    problem->set_kind("unsupported");
    problem->set_why(RecordedText(unsupported->what));
  }
}

void EncodeVerity(const VerityTree& tree, v1::VerityTree& out) {
  out.set_algorithm(tree.algorithm);
  out.set_data_block_size(tree.data_block_size);
  out.set_hash_block_size(tree.hash_block_size);
  out.set_data_blocks(tree.data_blocks);
  out.set_salt(absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(tree.salt.data()), tree.salt.size())));
  if (tree.root_hash) out.set_root_hash(tree.root_hash->hex());
  out.set_tree_offset(tree.tree_offset);
}

v1::Facts Encode(const ImageFacts& facts) {
  v1::Facts out;
  out.set_file_name(RecordedText(facts.file_name));
  out.set_name(RecordedText(facts.name));
  out.set_class_(ToWord(facts.image_class));
  out.set_size(static_cast<int64_t>(facts.size_bytes));
  out.set_unreadable(RecordedText(facts.unreadable));
  out.set_container(ToWord(facts.container));
  AddProblem("table", facts.table, out);
  AddProblem("layout", facts.layout, out);
  AddProblem("verity", facts.verity, out);
  AddProblem("signature", facts.signature, out);
  AddProblem("filesystem", facts.filesystem, out);
  AddProblem("release", facts.release, out);
  AddProblem("tree", facts.tree, out);
  if (auto* table = facts.table.value()) {
    EncodeTable(*table, *out.mutable_table());
  }
  if (auto* layout = facts.layout.value()) {
    EncodeLayout(*layout, *out.mutable_layout());
  }
  if (auto* tree = facts.verity.value()) {
    EncodeVerity(*tree, *out.mutable_verity());
  }
  if (auto* signature = facts.signature.value()) {
    EncodeSignature(*signature, *out.mutable_signature());
    AddProblem("claims", signature->claims, out);
  }
  if (auto* filesystem = facts.filesystem.value()) {
    out.set_filesystem(*filesystem);
  }
  if (auto* release = facts.release.value()) {
    EncodeRelease(*release, *out.mutable_release());
  }
  out.set_has_os_release(facts.has_os_release);
  for (const std::string& path : facts.forbidden_paths) {
    out.add_forbidden_paths(RecordedText(path));
  }
  if (auto* tree = facts.tree.value()) EncodeTree(*tree, *out.mutable_tree());
  out.mutable_data_check()->set_complete(facts.data_check.complete);
  if (facts.data_check.first_bad_offset) {
    out.mutable_data_check()->set_corrupt(true);
    out.mutable_data_check()->set_first_bad_offset(
        *facts.data_check.first_bad_offset);
  }
  if (facts.sha256) out.set_sha256(facts.sha256->hex());
  return out;
}

// The other way. What cannot be read is remembered in `status`.

// The evidence that `problem` is.
template <typename T>
Evidence<T> DecodeProblem(const v1::Problem& problem, absl::Status& status) {
  if (problem.kind() == "malformed") {
    return Malformed{problem.where(), problem.why()};
  }
  if (problem.kind() == "unsupported") return Unsupported{problem.why()};
  status.Update(absl::InvalidArgumentError("a problem of an unknown kind"));
  return Absent{};
}

void DecodeProblems(const v1::Facts& in, ImageFacts& facts,
                    absl::Status& status) {
  for (const v1::Problem& problem : in.problems()) {
    const std::string& aspect = problem.aspect();
    if (aspect == "table") {
      facts.table = DecodeProblem<PartitionTable>(problem, status);
    } else if (aspect == "layout") {
      facts.layout = DecodeProblem<Layout>(problem, status);
    } else if (aspect == "verity") {
      facts.verity = DecodeProblem<VerityTree>(problem, status);
    } else if (aspect == "signature") {
      facts.signature = DecodeProblem<VeritySignature>(problem, status);
    } else if (aspect == "claims" && facts.signature.value() != nullptr) {
      facts.signature.value()->claims =
          DecodeProblem<SignatureClaims>(problem, status);
    } else if (aspect == "filesystem") {
      facts.filesystem = DecodeProblem<std::string>(problem, status);
    } else if (aspect == "release") {
      facts.release = DecodeProblem<ExtensionRelease>(problem, status);
    } else if (aspect == "tree") {
      facts.tree = DecodeProblem<TreeFacts>(problem, status);
    } else {
      status.Update(
          absl::InvalidArgumentError("a problem of an unknown aspect"));
    }
  }
}

VerityTree DecodeVerity(const v1::VerityTree& in, absl::Status& status) {
  VerityTree tree;
  tree.algorithm = in.algorithm();
  tree.data_block_size = in.data_block_size();
  tree.hash_block_size = in.hash_block_size();
  tree.data_blocks = in.data_blocks();
  std::optional<HexBytes<struct SaltTag, 0, 256>> salt;
  DecodeHex(in.salt(), salt, status);
  if (salt) tree.salt = salt->bytes();
  tree.tree_offset = in.tree_offset();
  DecodeHex(in.root_hash(), tree.root_hash, status);
  return tree;
}

ImageFacts Decode(const v1::Facts& in, absl::Status& status) {
  ImageFacts facts;
  facts.file_name = in.file_name();
  facts.name = in.name();
  DecodeInto(in.class_(), facts.image_class, status);
  facts.size_bytes = static_cast<uint64_t>(in.size());
  facts.unreadable = in.unreadable();
  DecodeInto(in.container(), facts.container, status);
  if (in.has_table()) facts.table = DecodeTable(in.table());
  if (in.has_layout()) facts.layout = DecodeLayout(in.layout(), status);
  if (in.has_verity()) facts.verity = DecodeVerity(in.verity(), status);
  if (in.has_signature()) {
    facts.signature = DecodeSignature(in.signature(), status);
  }
  if (!in.filesystem().empty()) facts.filesystem = in.filesystem();
  if (in.has_release()) facts.release = DecodeRelease(in.release());
  if (in.has_tree()) facts.tree = DecodeTree(in.tree(), status);
  DecodeProblems(in, facts, status);
  facts.has_os_release = in.has_os_release();
  facts.forbidden_paths.assign(in.forbidden_paths().begin(),
                               in.forbidden_paths().end());
  facts.data_check.complete = in.data_check().complete();
  if (in.data_check().corrupt()) {
    facts.data_check.first_bad_offset = in.data_check().first_bad_offset();
  }
  if (!in.sha256().empty()) DecodeHex(in.sha256(), facts.sha256, status);
  return facts;
}

absl::StatusOr<ImageFacts> Decoded(const v1::Facts& in) {
  absl::Status status;
  ImageFacts facts = Decode(in, status);
  if (!status.ok()) return status;
  return facts;
}

}  // namespace

std::string FactsToJson(const ImageFacts& facts) {
  return MessageToJson(Encode(facts), JsonLayout::kOneLine);
}

std::string FactsToJson(const ImageFacts& facts,
                        const SignatureStanding& standing,
                        const Evidence<HostOverlap>& overlap) {
  v1::Facts out = Encode(facts);
  EncodeStanding(standing, *out.mutable_standing());
  if (!overlap.absent()) EncodeOverlap(overlap, *out.mutable_host_overlap());
  return MessageToJson(out, JsonLayout::kOneLine);
}

std::string FactsToBytes(const ImageFacts& facts) {
  return MessageToBytes(Encode(facts));
}

absl::StatusOr<ImageFacts> FactsFromBytes(absl::string_view bytes) {
  v1::Facts in;
  absl::Status status = ParseMessageBytes(bytes, "facts", in);
  if (!status.ok()) return status;
  return Decoded(in);
}

absl::StatusOr<ImageFacts> FactsFromJson(absl::string_view json) {
  absl::StatusOr<v1::Facts> in = MessageFromJson<v1::Facts>(json, "facts");
  if (!in.ok()) return in.status();
  return Decoded(*in);
}

}  // namespace extgate
