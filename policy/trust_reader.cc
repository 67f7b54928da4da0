// Which certificates a source trusts or revokes. One way in: ReadTrust.
#include "policy/trust_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "policy/hex_bytes.h"
#include "policy/values.h"

namespace extgate {
namespace {

constexpr absl::string_view kKeys[] = {"efi", "verity_d", "certificates",
                                       "files", "revoked"};
constexpr Vocabulary kTrust = {"`trust`", kKeys};

// Only the armour; the certificate itself is parsed where it is bound.
std::optional<LocatedText> ReadCertificate(const Node& node,
                                           FieldReader& fields) {
  auto pem = fields.Prose(node, "certificates");
  if (!pem.has_value()) return std::nullopt;
  if (absl::StrContains(pem->value, "PRIVATE KEY-----")) {
    fields.Report(DiagnosticCode::kBadCertificate, node,
                  "this text holds a private key",
                  "a policy holds certificates only; consider that key known");
    return std::nullopt;
  }
  const size_t begin = pem->value.find("-----BEGIN CERTIFICATE-----");
  const size_t end = pem->value.find("-----END CERTIFICATE-----");
  if (begin == std::string::npos || end == std::string::npos || end < begin) {
    fields.Report(DiagnosticCode::kBadCertificate, node,
                  "this text holds no certificate in PEM form",
                  "write `- |` and below it, indented, the lines from "
                  "-----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----; a "
                  "path belongs into `files`");
    return std::nullopt;
  }
  return pem;
}

// An absolute path; only its last part may be a pattern.
std::optional<LocatedText> ReadFile(const Node& node, FieldReader& fields) {
  auto path = fields.Text(node, "files");
  if (!path.has_value()) return std::nullopt;
  const auto refuse = [&](absl::string_view why) -> std::optional<LocatedText> {
    fields.Report(DiagnosticCode::kBadPattern, node,
                  absl::StrCat("the path ", Quote(path->value), " ", why),
                  "write an absolute path, as in /etc/extgate/trust/*.crt");
    return std::nullopt;
  };
  if (path->value[0] != '/') return refuse("is not absolute");
  const std::vector<absl::string_view> parts = absl::StrSplit(path->value, '/');
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == "..") return refuse("has a `..` in it");
    if (i + 1 < parts.size() &&
        parts[i].find_first_of("*?[") != absl::string_view::npos) {
      return refuse("has a pattern before its last part");
    }
  }
  if (parts.back().empty() || parts.back() == ".") {
    return refuse("names no file");
  }
  return path;
}

std::optional<Located<std::vector<EfiList>>> ReadEfi(const Node& node,
                                                     FieldReader& fields) {
  if (node.kind != Node::Kind::kScalar && !fields.IsList(node, "efi")) {
    return std::nullopt;
  }
  Located<std::vector<EfiList>> lists{{}, fields.SpanOf(node)};
  for (const Located<EfiList>& list : fields.WordList<EfiList>(node, "efi")) {
    lists.value.push_back(list.value);
  }
  return lists;
}

}  // namespace

std::optional<LocatedText> ReadFingerprint(const LocatedText& text,
                                           const Node& node,
                                           absl::string_view key,
                                           FieldReader& fields) {
  const absl::string_view hex = absl::StripPrefix(text.value, "sha256:");
  const absl::StatusOr<Fingerprint> fingerprint = Fingerprint::Parse(hex);
  if (!fingerprint.ok()) {
    fields.Report(
        DiagnosticCode::kBadDigest, node,
        absl::StrCat("fingerprint in `", key, "`: ", Quote(hex), " is not ",
                     "64 hexadecimal digits"),
        "write sha256: and the digits that `openssl x509 -noout -fingerprint "
        "-sha256` prints, without the colons");
    return std::nullopt;
  }
  return LocatedText{absl::StrCat("sha256:", fingerprint->hex()), text.span};
}

Trust ReadTrust(const Node& node, FieldReader& fields) {
  Trust trust;
  if (!fields.IsMap(node, kTrust)) return trust;
  if (const Node* efi = Find(node, "efi")) trust.efi = ReadEfi(*efi, fields);
  if (const Node* verity_d = Find(node, "verity_d")) {
    trust.verity_d = fields.Word<VerityD>(*verity_d, "verity_d");
  }
  if (const Node* list = Find(node, "certificates")) {
    for (const Node* item : fields.Items(*list, "certificates")) {
      auto pem = ReadCertificate(*item, fields);
      if (pem.has_value()) trust.certificates.push_back(*std::move(pem));
    }
  }
  if (const Node* list = Find(node, "files")) {
    for (const Node* item : fields.Items(*list, "files")) {
      auto path = ReadFile(*item, fields);
      if (path.has_value()) trust.files.push_back(*std::move(path));
    }
  }
  if (const Node* list = Find(node, "revoked")) {
    for (const Node* item : fields.Items(*list, "revoked")) {
      const auto text = fields.Text(*item, "revoked");
      if (!text.has_value()) continue;
      auto value = ReadFingerprint(*text, *item, "revoked", fields);
      if (value.has_value()) trust.revoked.push_back(*std::move(value));
    }
  }
  return trust;
}

}  // namespace extgate
