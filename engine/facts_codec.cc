// Ways in: FactsToJson, FactsToBytes and the ways back. The only place that
// knows the generated type.
#include "engine/facts_codec.h"

#include "absl/strings/escaping.h"
#include "engine/message_json.h"
#include "engine/word_decoder.h"
#include "policy/printable.h"
#include "proto/facts.pb.h"

namespace extgate {
namespace {

// Designator of a layout with a root partition below usr.
constexpr char kRootAndUsr[] = "root+usr";

// `text` itself where it is UTF-8, else made so. JSON keeps control characters.
std::string Text(absl::string_view text) {
  for (absl::string_view rest = text; !rest.empty();) {
    const int length = Utf8Length(rest);
    if (length == 0) return PrintableText(text);
    rest.remove_prefix(static_cast<size_t>(length));
  }
  return std::string(text);
}

// Adds what is wrong with `evidence`, if anything.
template <typename T>
void AddProblem(const char* aspect, const Evidence<T>& evidence,
                v1::Facts& out) {
  if (const Malformed* malformed = evidence.malformed()) {
    v1::Problem* problem = out.add_problems();
    problem->set_aspect(aspect);
    problem->set_kind("malformed");
    problem->set_where(Text(malformed->where));
    problem->set_why(Text(malformed->why));
  } else if (const Unsupported* unsupported = evidence.unsupported()) {
    v1::Problem* problem = out.add_problems();
    problem->set_aspect(aspect);
    problem->set_kind("unsupported");
    problem->set_why(Text(unsupported->what));
  }
}

void EncodeTable(const PartitionTable& table, v1::PartitionTable& out) {
  out.set_sector_size(table.sector_size);
  for (const Partition& partition : table.partitions) {
    v1::Partition* entry = out.add_partitions();
    entry->set_index(partition.index);
    entry->set_type_guid(partition.type_guid);
    entry->set_uuid(partition.uuid);
    entry->set_label(Text(partition.label));
    entry->set_attributes(partition.attributes);
    entry->set_offset(partition.range.offset);
    entry->set_size(partition.range.size);
  }
}

void EncodeRange(const ByteRange& range, v1::Range& out) {
  out.set_offset(range.offset);
  out.set_size(range.size);
}

void EncodeLayout(const Layout& layout, v1::Layout& out) {
  out.set_designator(ToWord(layout.designator));
  if (layout.root_below) {
    // A word of its own, so that a reader that does not know of it fails.
    out.set_designator(kRootAndUsr);
    v1::RootBelow& below = *out.mutable_root_below();
    EncodeRange(layout.root_below->range, *below.mutable_range());
    below.set_uuid(layout.root_below->uuid);
    below.set_attributes(layout.root_below->attributes);
  }
  if (layout.architecture) out.set_architecture(ToWord(*layout.architecture));
  for (const std::string& other : layout.other_designators) {
    out.add_other_designators(other);
  }
  EncodeRange(layout.data, *out.mutable_data());
  if (layout.verity) EncodeRange(*layout.verity, *out.mutable_verity());
  if (layout.signature) {
    EncodeRange(*layout.signature, *out.mutable_signature());
  }
  out.set_data_uuid(layout.data_uuid);
  out.set_verity_uuid(layout.verity_uuid);
  out.set_data_attributes(layout.data_attributes);
}

void EncodeTree(const VerityTree& tree, v1::VerityTree& out) {
  out.set_algorithm(tree.algorithm);
  out.set_data_block_size(tree.data_block_size);
  out.set_hash_block_size(tree.hash_block_size);
  out.set_data_blocks(tree.data_blocks);
  out.set_salt(absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(tree.salt.data()), tree.salt.size())));
  if (tree.root_hash) out.set_root_hash(tree.root_hash->hex());
  out.set_tree_offset(tree.tree_offset);
}

void EncodeClaims(const SignatureClaims& claims, v1::SignatureClaims& out) {
  for (const SignerClaim& claim : claims.signers) {
    v1::SignerClaim* entry = out.add_signers();
    entry->set_issuer(claim.issuer);
    entry->set_serial(claim.serial);
    entry->set_issuer_and_serial(Text(claim.issuer_and_serial));
    entry->set_digest(ToWord(claim.digest));
    entry->set_key(ToWord(claim.key));
    entry->set_signed_attributes(claim.signed_attributes);
    entry->set_signature(claim.signature);
    for (const EmbeddedCertificate& certificate : claim.certificates) {
      v1::EmbeddedCertificate* embedded = entry->add_certificates();
      embedded->set_subject(Text(certificate.subject));
      embedded->set_sha256(certificate.sha256.hex());
      embedded->set_to_be_signed(certificate.to_be_signed.hex());
      embedded->set_proof(ToWord(certificate.proof));
    }
  }
}

void EncodeSignature(const VeritySignature& signature,
                     v1::VeritySignature& out) {
  out.set_root_hash(signature.root_hash->hex());
  out.set_pkcs7(signature.pkcs7_der);
  if (const SignatureClaims* claims = signature.claims.value()) {
    EncodeClaims(*claims, *out.mutable_claims());
  }
}

void EncodeRelease(const ExtensionRelease& release, v1::ExtensionRelease& out) {
  out.set_name(Text(release.name));
  out.set_by_fallback(release.by_fallback);
  out.set_lax(release.lax);
  for (const auto& [key, value] : release.fields) {
    (*out.mutable_fields())[Text(key)] = Text(value);
  }
}

void EncodeTree(const TreeFacts& tree, v1::Tree& out) {
  out.set_truncated(tree.truncated);
  for (const TreeFile& file : tree.files) {
    v1::Tree::File* entry = out.add_files();
    entry->set_path(Text(file.path));
    entry->set_type(ToWord(file.type));
    entry->set_permissions(file.permissions);
    entry->set_uid(file.uid);
    entry->set_gid(file.gid);
    entry->set_device_major(file.device_major);
    entry->set_device_minor(file.device_minor);
    entry->set_target(Text(file.target));
    for (const std::string& name : file.attributes) {
      entry->add_attributes(Text(name));
    }
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

void EncodeOverlap(const Evidence<HostOverlap>& overlap, v1::HostOverlap& out) {
  if (const Malformed* malformed = overlap.malformed()) {
    out.set_problem(PrintableText(malformed->why));
  }
  const HostOverlap* found = overlap.value();
  if (found == nullptr) return;
  for (const TypeConflict& conflict : found->conflicts) {
    v1::HostOverlap::TypeConflict* entry = out.add_conflicts();
    entry->set_path(Text(conflict.path));
    entry->set_image(ToWord(conflict.image));
    entry->set_host(ToWord(conflict.host));
  }
  for (const std::string& path : found->shadowed) {
    out.add_shadowed(Text(path));
  }
}

v1::Facts Encode(const ImageFacts& facts) {
  v1::Facts out;
  out.set_file_name(Text(facts.file_name));
  out.set_name(Text(facts.name));
  out.set_class_(ToWord(facts.image_class));
  out.set_size(static_cast<int64_t>(facts.size_bytes));
  out.set_unreadable(Text(facts.unreadable));
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
    EncodeTree(*tree, *out.mutable_verity());
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
    out.add_forbidden_paths(Text(path));
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

template <typename Hex>
void DecodeHex(absl::string_view hex, std::optional<Hex>& target,
               absl::Status& status) {
  absl::StatusOr<Hex> parsed = Hex::Parse(hex);
  if (parsed.ok()) {
    target = *std::move(parsed);
  } else {
    status.Update(parsed.status());
  }
}

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

PartitionTable DecodeTable(const v1::PartitionTable& in) {
  PartitionTable table;
  table.sector_size = in.sector_size();
  for (const v1::Partition& entry : in.partitions()) {
    table.partitions.push_back({entry.index(),
                                entry.type_guid(),
                                entry.uuid(),
                                entry.label(),
                                entry.attributes(),
                                {entry.offset(), entry.size()}});
  }
  return table;
}

ByteRange DecodeRange(const v1::Range& in) { return {in.offset(), in.size()}; }

Layout DecodeLayout(const v1::Layout& in, absl::Status& status) {
  Layout layout;
  if ((in.designator() == kRootAndUsr) != in.has_root_below()) {
    status.Update(absl::InvalidArgumentError(
        "a layout has designator `root+usr` or `root_below`, not both"));
  }
  if (in.has_root_below()) {
    layout.designator = Designator::kUsr;
    layout.root_below =
        RootBelow{DecodeRange(in.root_below().range()), in.root_below().uuid(),
                  in.root_below().attributes()};
  } else {
    DecodeInto(in.designator(), layout.designator, status);
  }
  if (!in.architecture().empty()) {
    DecodeInto(in.architecture(), layout.architecture.emplace(), status);
  }
  layout.data = DecodeRange(in.data());
  if (in.has_verity()) layout.verity = DecodeRange(in.verity());
  if (in.has_signature()) layout.signature = DecodeRange(in.signature());
  layout.data_uuid = in.data_uuid();
  layout.verity_uuid = in.verity_uuid();
  layout.data_attributes = in.data_attributes();
  layout.other_designators.assign(in.other_designators().begin(),
                                  in.other_designators().end());
  return layout;
}

VerityTree DecodeTree(const v1::VerityTree& in, absl::Status& status) {
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

SignatureClaims DecodeClaims(const v1::SignatureClaims& in,
                             absl::Status& status) {
  SignatureClaims claims;
  for (const v1::SignerClaim& entry : in.signers()) {
    SignerClaim claim;
    claim.issuer = entry.issuer();
    claim.serial = entry.serial();
    claim.issuer_and_serial = entry.issuer_and_serial();
    DecodeInto(entry.digest(), claim.digest, status);
    DecodeInto(entry.key(), claim.key, status);
    claim.signed_attributes = entry.signed_attributes();
    claim.signature = entry.signature();
    for (const v1::EmbeddedCertificate& embedded : entry.certificates()) {
      std::optional<Fingerprint> sha256;
      std::optional<FileDigest> to_be_signed;
      DecodeHex(embedded.sha256(), sha256, status);
      DecodeHex(embedded.to_be_signed(), to_be_signed, status);
      if (!sha256 || !to_be_signed) continue;
      EmbeddedCertificate certificate{embedded.subject(), *sha256,
                                      *to_be_signed};
      DecodeInto(embedded.proof(), certificate.proof, status);
      claim.certificates.push_back(std::move(certificate));
    }
    claims.signers.push_back(std::move(claim));
  }
  return claims;
}

VeritySignature DecodeSignature(const v1::VeritySignature& in,
                                absl::Status& status) {
  VeritySignature signature;
  DecodeHex(in.root_hash(), signature.root_hash, status);
  signature.pkcs7_der = in.pkcs7();
  if (in.has_claims()) signature.claims = DecodeClaims(in.claims(), status);
  return signature;
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
  if (in.has_verity()) facts.verity = DecodeTree(in.verity(), status);
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
