// Way in: ReadVeritySignature.
#include "engine/image/verity_signature.h"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/image/json_scanner.h"

namespace extgate {
namespace {

constexpr char kWhere[] = "signature partition";
constexpr uint64_t kMaxSize = 4 * 1024 * 1024;

Evidence<VeritySignature> Fault(absl::string_view why) {
  return Malformed{kWhere, std::string(why)};
}

Evidence<VeritySignature> FaultAt(uint64_t offset, absl::string_view why) {
  return Malformed{absl::StrCat(kWhere, ", byte ", offset), std::string(why)};
}

// The member of that name; nullptr when there is none.
const JsonMember* FindMember(const std::vector<JsonMember>& members,
                             absl::string_view name) {
  for (const JsonMember& member : members) {
    if (member.name == name) return &member;
  }
  return nullptr;
}

// RFC 4648 base64 with padding, in its one canonical form.
bool DecodeBase64(const std::string& text, std::string& bytes) {
  return absl::Base64Unescape(text, &bytes) &&
         absl::Base64Escape(bytes) == text;
}

Evidence<VeritySignature> ParseMembers(const std::vector<JsonMember>& members) {
  for (const char* name : {"rootHash", "signature"}) {
    const JsonMember* const member = FindMember(members, name);
    if (member == nullptr) {
      return Fault(absl::StrCat("there is no `", name, "`"));
    }
    if (!member->text) {
      return FaultAt(member->offset,
                     absl::StrCat("`", name, "` is not a string"));
    }
  }
  VeritySignature signature;
  const JsonMember& hash = *FindMember(members, "rootHash");
  absl::StatusOr<RootHash> root_hash = RootHash::Parse(*hash.text);
  if (!root_hash.ok()) {
    return FaultAt(hash.offset,
                   absl::StrCat("`rootHash`: ", root_hash.status().message()));
  }
  signature.root_hash = *std::move(root_hash);
  const JsonMember& pkcs7 = *FindMember(members, "signature");
  if (!DecodeBase64(*pkcs7.text, signature.pkcs7_der) ||
      signature.pkcs7_der.empty()) {
    return FaultAt(pkcs7.offset, "`signature` is not base64");
  }
  return signature;
}

}  // namespace

absl::StatusOr<Evidence<VeritySignature>> ReadVeritySignature(
    ImageReader& image, const ByteRange& range) {
  if (range.size > kMaxSize) {
    return Fault(absl::StrCat(range.size, " bytes are over 4 MiB"));
  }
  if (range.offset > image.size_bytes() ||
      range.size > image.size_bytes() - range.offset) {
    return Fault("it is beyond the file");
  }
  std::string bytes(range.size, '\0');
  absl::Status status = image.ReadAt(
      range.offset,
      absl::MakeSpan(reinterpret_cast<uint8_t*>(&bytes[0]), bytes.size()));
  if (!status.ok()) return status;
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  const size_t more = bytes.find_first_not_of('\0', end);
  if (more != std::string::npos) {
    return FaultAt(more, "a byte other than zero follows the first zero");
  }
  auto scanned = ScanJsonObject(absl::string_view(bytes).substr(0, end));
  if (const JsonFault* fault = std::get_if<JsonFault>(&scanned)) {
    return FaultAt(fault->offset, fault->why);
  }
  return ParseMembers(std::get<std::vector<JsonMember>>(scanned));
}

}  // namespace extgate
