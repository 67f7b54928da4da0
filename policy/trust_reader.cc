// Which certificates a source trusts or revokes. One way in: ReadTrust.
#include "policy/trust_reader.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "policy/hex_bytes.h"
#include "policy/values.h"

namespace extgate {
namespace {

constexpr absl::string_view kKeys[] = {
    "efi",  "verity_d", "certificates",     "files",
    "sets", "revoked",  "require_unexpired"};
constexpr Vocabulary kTrust = {"`trust`", kKeys};

constexpr absl::string_view kSetKeys[] = {"certificates", "files"};
constexpr Vocabulary kSet = {"a trust set", kSetKeys};
constexpr size_t kMaxSetName = 64;

// Only the armour; the certificate itself is parsed where it is bound.
std::optional<LocatedText> ReadCertificate(const Node& node,
                                           absl::string_view key,
                                           FieldReader& fields) {
  auto pem = fields.Prose(node, key);
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

std::vector<LocatedText> ReadFiles(const Node& node, FieldReader& fields) {
  std::vector<LocatedText> files;
  for (const Node* item : fields.Items(node, "files")) {
    auto path = ReadFile(*item, fields);
    if (path.has_value()) files.push_back(*std::move(path));
  }
  return files;
}

TrustSet ReadSet(const Node& name, const Node& node, FieldReader& fields) {
  TrustSet set;
  set.span = fields.SpanOf(name);
  if (!fields.IsMap(node, kSet)) return set;
  const Node* certificates = Find(node, "certificates");
  const Node* files = Find(node, "files");
  const auto is_empty = [](const Node* list) {
    return list == nullptr ||
           (list->kind == Node::Kind::kList && list->items.empty());
  };
  if (is_empty(certificates) && is_empty(files)) {
    fields.Report(DiagnosticCode::kMissingKey, name,
                  absl::StrCat("the trust set ", Quote(name.text),
                               " has no certificate, so nobody is in it"),
                  "give it `certificates` or `files`, or leave it out");
    return set;
  }
  if (certificates != nullptr) {
    set.certificates = ReadCertificates(*certificates, "certificates", fields);
  }
  if (files != nullptr) set.files = ReadFiles(*files, fields);
  return set;
}

std::map<std::string, TrustSet> ReadSets(const Node& node,
                                         FieldReader& fields) {
  std::map<std::string, TrustSet> sets;
  if (!fields.IsMapOf(node, "sets",
                      "write `NAME: {certificates: [...]}` for each")) {
    return sets;
  }
  for (const auto& [key, value] : node.pairs) {
    if (key.kind != Node::Kind::kScalar || IsMergeKey(key)) continue;
    const auto name = fields.Text(key, "sets");
    if (!name.has_value() || !ReadSetName(*name, key, fields)) continue;
    sets.emplace(name->value, ReadSet(key, value, fields));
  }
  return sets;
}

}  // namespace

std::vector<LocatedText> ReadCertificates(const Node& node,
                                          absl::string_view key,
                                          FieldReader& fields) {
  std::vector<LocatedText> certificates;
  for (const Node* item : fields.Items(node, key)) {
    auto pem = ReadCertificate(*item, key, fields);
    if (pem.has_value()) certificates.push_back(*std::move(pem));
  }
  return certificates;
}

bool MeantForFingerprint(absl::string_view text) {
  return absl::StartsWith(text, "sha256:") || absl::c_all_of(text, [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c)) ||
                  c == ':';
         });
}

std::optional<LocatedText> ReadSetName(const LocatedText& text,
                                       const Node& node, FieldReader& fields) {
  const auto is_plain = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' ||
           c == '_' || c == '-';
  };
  absl::string_view why;
  if (MeantForFingerprint(text.value)) {
    why = "could be a fingerprint";
  } else if (!absl::ascii_isalpha(static_cast<unsigned char>(text.value[0])) ||
             !absl::c_all_of(text.value, is_plain)) {
    why = "is not of letters, digits, `.`, `_` and `-` behind a letter";
  } else if (text.value.size() > kMaxSetName) {
    why = "has more than 64 characters";
  } else {
    return text;
  }
  fields.Report(DiagnosticCode::kBadPattern, node,
                absl::StrCat(Quote(text.value),
                             " cannot be the name of a trust set: it ", why),
                "a name is a word like acme, with a letter beyond f in it");
  return std::nullopt;
}

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
  if (const Node* word = Find(node, "require_unexpired")) {
    trust.require_unexpired = fields.Word<bool>(*word, "require_unexpired");
  }
  if (const Node* list = Find(node, "certificates")) {
    trust.certificates = ReadCertificates(*list, "certificates", fields);
  }
  if (const Node* list = Find(node, "files")) {
    trust.files = ReadFiles(*list, fields);
  }
  if (const Node* sets = Find(node, "sets")) {
    trust.sets = ReadSets(*sets, fields);
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
