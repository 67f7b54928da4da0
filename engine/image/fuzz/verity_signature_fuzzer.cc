// A signature partition: what is read, written plainly, reads as the same, and
// it is one strict JSON object.
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/image/buffer_reader.h"
#include "engine/image/json_scanner.h"
#include "engine/image/verity_signature.h"
#include "fuzz/fuzz.h"

namespace extgate {
namespace {

Evidence<VeritySignature> Read(absl::string_view text) {
  BufferReader image(
      {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  const auto signature = ReadVeritySignature(image, {0, text.size()});
  Require(signature.ok(), "bytes in memory give no I/O error");
  return *signature;
}

void CheckObject(absl::string_view text) {
  const auto scanned = ScanJsonObject(text);
  const auto* members = std::get_if<std::vector<JsonMember>>(&scanned);
  if (members == nullptr) {
    Require(std::get<JsonFault>(scanned).offset <= text.size(),
            "a fault is within the text");
    return;
  }
  std::string plain;
  for (const JsonMember& member : *members) {
    Require(member.offset < text.size(), "a value is within the text");
    std::string name;
    for (char c : member.name) {
      absl::StrAppend(
          &name,
          static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'
              ? absl::StrCat("\\u00", absl::BytesToHexString(std::string(1, c)))
              : std::string(1, c));
    }
    absl::StrAppend(&plain, plain.empty() ? "{" : ",", "\"", name, "\":0");
  }
  absl::StrAppend(&plain, plain.empty() ? "{}" : "}");
  const auto again = ScanJsonObject(plain);
  const auto* names = std::get_if<std::vector<JsonMember>>(&again);
  Require(names != nullptr && names->size() == members->size(),
          "its names make an object again");
  for (size_t i = 0; i < names->size(); ++i) {
    Require((*names)[i].name == (*members)[i].name, "names stay the same");
  }
}

void Check(absl::string_view text) {
  CheckObject(text);
  const Evidence<VeritySignature> signature = Read(text);
  Require(signature == Read(text), "read alike twice");
  Require(!signature.absent() && signature.unsupported() == nullptr,
          "there is a signature, or a reason why not");
  const VeritySignature* const value = signature.value();
  if (value == nullptr) return;
  Require(value->root_hash && !value->pkcs7_der.empty(), "both are there");
  const std::string plain = absl::StrCat(
      "{\"rootHash\":\"", value->root_hash->hex(), "\",\"signature\":\"",
      absl::Base64Escape(value->pkcs7_der), "\"}");
  Require(Read(plain) == signature, "written plainly it reads the same");
  Require(Read(absl::StrCat(plain, std::string(512, '\0'))) == signature,
          "zeros may follow");
  Require(Read(absl::StrCat(plain, "x")).value() == nullptr,
          "nothing else may follow");
  Require(
      Read(absl::StrCat(plain, std::string(1, '\0'), "x")).value() == nullptr,
      "nor behind zeros");
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  extgate::Check(input.RestText());
  return 0;
}
