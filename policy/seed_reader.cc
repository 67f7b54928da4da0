// Ways in: IsSeed, MayHaveSeed and ReadSeeds.
#include "policy/seed_reader.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "policy/entry_reader.h"
#include "policy/trust_reader.h"

namespace extgate {
namespace {

constexpr char kCertificate[] = "sysext_cert";
constexpr char kExtensions[] = "extensions";
constexpr char kIgnoreSignatures[] = "ignore_signatures";

constexpr absl::string_view kKnownEntries[] = {"active", "passive", "recovery",
                                               "common"};

// Which side of an item of `extensions` is which.
enum class Shape {
  kNameFirst,   // "k3sv1.29.*": [active]
  kEntryFirst,  // active: ["k3sv1.29.*"]
};

const char* Describe(Shape shape) {
  switch (shape) {
    case Shape::kNameFirst:
      return "a name and its boot entries";
    case Shape::kEntryFirst:
      return "a boot entry and its names";
  }
  return "";
}

bool IsPattern(absl::string_view text) {
  return absl::StartsWith(text, "re:") ||
         text.find_first_of("*?[") != absl::string_view::npos;
}

bool IsKnownEntry(absl::string_view text) {
  return absl::c_linear_search(kKnownEntries, text);
}

// An item of extension_policy.entries, for messages.
std::string AsEntry(const Node& name, const Node& entry) {
  const auto shown = [](const Node& node) {
    const std::string quoted = Quote(node.text);
    return quoted.substr(1, quoted.size() - 2);
  };
  return absl::StrCat("`{match: \"", shown(name), "\", entries: [\"",
                      shown(entry), "\"]}`");
}

// nullopt: it could be either.
std::optional<Shape> ShapeOf(const Node& key,
                             const std::vector<const Node*>& values) {
  const bool has_pattern = absl::c_any_of(
      values, [](const Node* value) { return IsPattern(value->text); });
  const bool has_entry = absl::c_any_of(
      values, [](const Node* value) { return IsKnownEntry(value->text); });
  if (IsPattern(key.text)) {
    if (has_pattern) return std::nullopt;
    return Shape::kNameFirst;
  }
  if (IsKnownEntry(key.text)) {
    if (has_entry) return std::nullopt;
    return Shape::kEntryFirst;
  }
  if (has_pattern == has_entry) return std::nullopt;
  return has_entry ? Shape::kNameFirst : Shape::kEntryFirst;
}

// Reads the items of one list.
class ExtensionsReader {
 public:
  explicit ExtensionsReader(FieldReader& fields) : fields_(fields) {}

  void Read(const Node& list) {
    for (const Node& item : list.items) {
      if (item.kind == Node::Kind::kAlias) continue;
      if (item.kind != Node::Kind::kMap) {
        fields_.Report(DiagnosticCode::kWrongType, item,
                       absl::StrCat("an item of `extensions` must be a "
                                    "mapping, not ",
                                    extgate::Describe(item.kind)),
                       "write it as in `- \"k3sv1.29.*\": [active, passive]`");
        continue;
      }
      for (const auto& [key, value] : item.pairs) ReadPair(key, value);
    }
  }

  std::vector<EntryMapping> TakeEntries() { return std::move(entries_); }

 private:
  void ReadPair(const Node& key, const Node& value) {
    if (key.kind != Node::Kind::kScalar || IsMergeKey(key)) return;
    if (value.kind == Node::Kind::kNull ||
        (value.kind == Node::Kind::kList && value.items.empty())) {
      fields_.Report(DiagnosticCode::kMissingKey, key,
                     absl::StrCat(Quote(key.text),
                                  " in `extensions` has nothing below it"),
                     "name the boot entries, as in [active, passive]");
      return;
    }
    const std::vector<const Node*> values = fields_.Items(value, kExtensions);
    if (values.empty()) return;
    const std::optional<Shape> shape = ShapeOf(key, values);
    if (!shape.has_value()) {
      ReportEither(key, *values[0]);
      return;
    }
    if (!shape_.has_value()) {
      shape_ = shape;
      first_line_ = key.line;
    }
    if (shape != shape_) {
      ReportMixed(key, *shape);
      return;
    }
    switch (*shape) {
      case Shape::kNameFirst:
        AddName(key, values);
        return;
      case Shape::kEntryFirst:
        for (const Node* name : values) AddName(*name, {&key});
        return;
    }
  }

  void AddName(const Node& name, const std::vector<const Node*>& entries) {
    EntryMapping mapping;
    auto match = ReadNamePattern(name, kExtensions, fields_);
    for (const Node* entry : entries) {
      auto text = ReadEntryName(*entry, fields_);
      if (text.has_value()) mapping.entries.push_back(*std::move(text));
    }
    if (!match.has_value()) return;
    mapping.match = *std::move(match);
    entries_.push_back(std::move(mapping));
  }

  void ReportEither(const Node& key, const Node& value) {
    fields_.Report(
        DiagnosticCode::kBadPattern, key,
        absl::StrCat("`extensions` does not say which of ", Quote(key.text),
                     " and ", Quote(value.text), " is the boot entry"),
        absl::StrCat("write into `extension_policy`, `entries` what is meant: ",
                     AsEntry(key, value), " or ", AsEntry(value, key)));
  }

  void ReportMixed(const Node& key, Shape shape) {
    fields_.Report(
        DiagnosticCode::kBadPattern, key,
        absl::StrCat(Quote(key.text), " begins ", Describe(shape),
                     ", and line ", first_line_, " of the same list ",
                     Describe(*shape_)),
        "write each item as `\"k3sv1.29.*\": [active]`, or each as "
        "`active: [\"k3sv1.29.*\"]`; `extension_policy`, `entries` has one "
        "shape only");
  }

  FieldReader& fields_;
  std::optional<Shape> shape_;  // of the first item that has one
  int first_line_ = 0;
  std::vector<EntryMapping> entries_;
};

// Kairos' own mapping, of which nothing is ours.
void WarnOfKairos(const Node& extensions, FieldReader& fields) {
  for (const auto& [key, value] : extensions.pairs) {
    if (key.kind != Node::Kind::kScalar) continue;
    if (key.text == kIgnoreSignatures &&
        absl::AsciiStrToLower(value.text) == "true") {
      fields.Report({DiagnosticCode::kUnknownKey, Severity::kWarning,
                     fields.SpanOf(key),
                     "`ignore_signatures` is read by Kairos alone: extgate "
                     "goes on asking for signatures",
                     "what is done about images without one is said by "
                     "`extension_policy.mode` and `image_policy`"});
    } else if (IsPattern(key.text) || IsKnownEntry(key.text)) {
      fields.Report({DiagnosticCode::kWrongType, Severity::kWarning,
                     fields.SpanOf(key),
                     absl::StrCat("`extensions` as a mapping is read by Kairos "
                                  "alone, so ",
                                  Quote(key.text), " in it is ignored"),
                     "write it into `extension_policy`, `entries`"});
    }
  }
}

}  // namespace

bool IsSeed(const Node& key, const Node& value) {
  if (key.kind != Node::Kind::kScalar) return false;
  return key.text == kCertificate ||
         (key.text == kExtensions && value.kind == Node::Kind::kList &&
          !value.items.empty());
}

bool MayHaveSeed(absl::string_view text) {
  if (absl::StrContains(text, kCertificate)) return true;
  const std::string key = absl::StrCat(kExtensions, ":");
  for (size_t at = text.find(key); at != absl::string_view::npos;
       at = text.find(key, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    absl::string_view rest = text.substr(at + key.size());
    rest = absl::StripLeadingAsciiWhitespace(rest);
    while (absl::StartsWith(rest, "#")) {
      const size_t end = rest.find('\n');
      rest.remove_prefix(end == absl::string_view::npos ? rest.size() : end);
      rest = absl::StripLeadingAsciiWhitespace(rest);
    }
    if (absl::StartsWith(rest, "-") || absl::StartsWith(rest, "[")) return true;
  }
  return false;
}

Seeds ReadSeeds(const Node& root, FieldReader& fields) {
  Seeds seeds;
  if (const Node* certificate = Find(root, kCertificate)) {
    seeds.certificates = ReadCertificates(*certificate, kCertificate, fields);
  }
  const Node* extensions = Find(root, kExtensions);
  if (extensions == nullptr) return seeds;
  switch (extensions->kind) {
    case Node::Kind::kList: {
      ExtensionsReader reader(fields);
      reader.Read(*extensions);
      seeds.entries = reader.TakeEntries();
      break;
    }
    case Node::Kind::kMap:
      WarnOfKairos(*extensions, fields);
      break;
    case Node::Kind::kAlias:
      fields.Report({DiagnosticCode::kYamlAlias, Severity::kWarning,
                     fields.SpanOf(*extensions),
                     "`extensions` is an alias, so it is not read",
                     "write the list into `extension_policy`, `entries`"});
      break;
    case Node::Kind::kNull:
    case Node::Kind::kScalar:
      break;
  }
  return seeds;
}

}  // namespace extgate
