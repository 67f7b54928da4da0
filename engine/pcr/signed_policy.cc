// Ways in: PcrPolicyDigest, ReadSignedPolicies, AddSignedPolicies, MaySignFor.
#include "engine/pcr/signed_policy.h"

#include <google/protobuf/struct.pb.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/message_json.h"
#include "engine/pcr/json_object.h"

namespace extgate {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kDigestBytes = 32;

std::string BigEndian(uint32_t value, size_t bytes) {
  std::string text;
  for (size_t i = bytes; i > 0; --i) {
    text.push_back(static_cast<char>(value >> (8 * (i - 1)) & 0xff));
  }
  return text;
}

absl::Status Shape(absl::string_view where, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", why));
}

std::optional<PcrSet> PcrsIn(const Struct& object) {
  const Value* const list = Field(object, "pcrs");
  if (list == nullptr || !list->has_list_value()) return std::nullopt;
  PcrSet pcrs;
  for (const Value& value : list->list_value().values()) {
    const auto pcr = PcrOf(value);
    if (!pcr.has_value() || !pcrs.insert(*pcr).second) return std::nullopt;
  }
  return pcrs;
}

absl::StatusOr<SignedPolicy> PolicyIn(PcrBank bank, const Value& value,
                                      absl::string_view where) {
  if (!value.has_struct_value()) return Shape(where, "it is no object");
  const Struct& object = value.struct_value();
  SignedPolicy policy;
  policy.bank = bank;
  const auto pcrs = PcrsIn(object);
  if (!pcrs.has_value()) {
    return Shape(where, "`pcrs` is no list of registers from 0 to 23");
  }
  policy.pcrs = *pcrs;
  policy.fingerprint = HexField(object, "pkfp", kDigestBytes);
  if (policy.fingerprint.empty()) {
    return Shape(where, "`pkfp` is no SHA-256 in hex");
  }
  policy.digest = HexField(object, "pol", kDigestBytes);
  if (policy.digest.empty()) {
    return Shape(where, "`pol` is no SHA-256 in hex");
  }
  if (!absl::Base64Unescape(TextField(object, "sig"), &policy.signature) ||
      policy.signature.empty()) {
    return Shape(where, "`sig` is no base64");
  }
  if (const Value* const reference = Field(object, "ref")) {
    if (!reference->has_string_value()) {
      return Shape(where, "`ref` is no text");
    }
    policy.reference = reference->string_value();
  }
  return policy;
}

// The file as it stands, and what is read of it.
struct SignatureFile {
  Struct all;
  std::vector<SignedPolicy> policies;
};

absl::StatusOr<SignatureFile> ReadFile(absl::string_view json) {
  SignatureFile file;
  if (json.size() > kMaxSignatureFile) {
    return absl::InvalidArgumentError(
        absl::StrCat("no file of signatures has ", json.size(), " bytes"));
  }
  const absl::Status status =
      ParseMessage(json, "a file of signatures", file.all);
  if (!status.ok()) return status;
  // Its fields are in no order: banks are looked up one by one, and of those
  // that are no lists the first by name is told.
  std::optional<std::string> no_list;
  for (const auto& [name, list] : file.all.fields()) {
    if (list.has_list_value() || (no_list && *no_list < name)) continue;
    no_list = name;
  }
  if (no_list.has_value()) return Shape(*no_list, "it is no list");
  for (const auto& [bank, word] : Words<PcrBank>::kTable) {
    const Value* const list = Field(file.all, word);
    if (list == nullptr) continue;
    int index = 0;
    for (const Value& value : list->list_value().values()) {
      auto policy = PolicyIn(bank, value, absl::StrCat(word, "[", index, "]"));
      if (!policy.ok()) return policy.status();
      file.policies.push_back(*std::move(policy));
      ++index;
    }
  }
  return file;
}

Value TextValue(std::string text) {
  Value value;
  value.set_string_value(std::move(text));
  return value;
}

Value ValueOf(const SignedPolicy& policy) {
  Value value;
  auto& fields = *value.mutable_struct_value()->mutable_fields();
  auto& pcrs = *fields["pcrs"].mutable_list_value();
  for (const int pcr : policy.pcrs) pcrs.add_values()->set_number_value(pcr);
  fields["pkfp"] = TextValue(absl::BytesToHexString(policy.fingerprint));
  fields["pol"] = TextValue(absl::BytesToHexString(policy.digest));
  fields["sig"] = TextValue(absl::Base64Escape(policy.signature));
  if (policy.reference.has_value()) {
    fields["ref"] = TextValue(*policy.reference);
  }
  return value;
}

// Of the same registers by the same key for the same use; the signature itself
// may differ.
bool SaysTheSame(const SignedPolicy& a, const SignedPolicy& b) {
  return a.bank == b.bank && a.pcrs == b.pcrs &&
         a.fingerprint == b.fingerprint && a.digest == b.digest &&
         a.reference == b.reference;
}

// The index of the first of `policies` that says the same; their number where
// none does.
size_t FirstLike(const SignedPolicy& policy,
                 const std::vector<SignedPolicy>& policies) {
  const auto first = std::find_if(
      policies.begin(), policies.end(),
      [&](const SignedPolicy& old) { return SaysTheSame(old, policy); });
  return static_cast<size_t>(first - policies.begin());
}

// Puts `policy` before those of `known` that say the same, and behind all where
// there are none. `known` is what the list of its bank in `all` has.
void PutFirst(const SignedPolicy& policy, std::vector<SignedPolicy>& known,
              Struct& all) {
  const size_t first = FirstLike(policy, known);
  const auto same = std::find(known.begin(), known.end(), policy);
  auto at = static_cast<size_t>(same - known.begin());
  auto& values = *(*all.mutable_fields())[ToWord(policy.bank)]
                      .mutable_list_value()
                      ->mutable_values();
  if (same == known.end()) {
    *values.Add() = ValueOf(policy);
    known.push_back(policy);
  }
  for (; at > first; --at) {
    std::swap(known[at], known[at - 1]);
    values.SwapElements(static_cast<int>(at), static_cast<int>(at - 1));
  }
}

}  // namespace

absl::StatusOr<PcrSet> ParsePcrSet(absl::string_view text) {
  PcrSet pcrs;
  for (absl::string_view part : absl::StrSplit(text, absl::ByAnyChar("+,"))) {
    int pcr = -1;
    const bool digits = std::all_of(part.begin(), part.end(), [](char c) {
      return absl::ascii_isdigit(static_cast<unsigned char>(c));
    });
    if (!digits || part.size() > 2 || !absl::SimpleAtoi(part, &pcr) ||
        pcr >= kPcrCount || !pcrs.insert(pcr).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "`", text, "` is no set of registers from 0 to 23, as `11+13`"));
    }
  }
  return pcrs;
}

std::string PcrSetText(const PcrSet& pcrs) { return absl::StrJoin(pcrs, "+"); }

std::string PcrPolicyDigest(PcrBank bank,
                            const std::map<int, std::string>& values) {
  constexpr uint32_t kPolicyPcr = 0x17f;  // TPM_CC_PolicyPCR
  std::string mask(kPcrCount / 8, '\0');
  std::string all;
  for (const auto& [pcr, value] : values) {
    const auto byte = static_cast<size_t>(pcr) / 8;
    mask[byte] = static_cast<char>(mask[byte] | 1 << (pcr % 8));
    absl::StrAppend(&all, value);
  }
  // TPML_PCR_SELECTION of one bank, then the digest of the values.
  return DigestIn(
      PcrBank::kSha256,
      absl::StrCat(std::string(kDigestBytes, '\0'), BigEndian(kPolicyPcr, 4),
                   BigEndian(1, 4), BigEndian(TpmAlgorithm(bank), 2),
                   BigEndian(static_cast<uint32_t>(mask.size()), 1), mask,
                   DigestIn(PcrBank::kSha256, all)));
}

absl::StatusOr<std::vector<SignedPolicy>> ReadSignedPolicies(
    absl::string_view json) {
  auto file = ReadFile(json);
  if (!file.ok()) return file.status();
  return std::move(file->policies);
}

absl::StatusOr<std::string> AddSignedPolicies(
    absl::string_view json, absl::Span<const SignedPolicy> more) {
  auto file = ReadFile(json.empty() ? "{}" : json);
  if (!file.ok()) return file.status();
  std::map<PcrBank, std::vector<SignedPolicy>> known;
  for (SignedPolicy& policy : file->policies) {
    known[policy.bank].push_back(std::move(policy));
  }
  // Those that are new one behind the other, then each to its place.
  for (const SignedPolicy& policy : more) {
    std::vector<SignedPolicy>& there = known[policy.bank];
    if (FirstLike(policy, there) == there.size()) {
      PutFirst(policy, there, file->all);
    }
  }
  for (auto policy = more.rbegin(); policy != more.rend(); ++policy) {
    PutFirst(*policy, known[policy->bank], file->all);
  }
  return MessageToJson(file->all, JsonLayout::kIndented);
}

absl::Status MaySignFor(const PcrSet& pcrs, absl::string_view fingerprint,
                        absl::Span<const SignedPolicy> signed_before) {
  for (const SignedPolicy& before : signed_before) {
    if (before.fingerprint != fingerprint || before.pcrs == pcrs ||
        before.reference.has_value()) {
      continue;
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "this key has signed for ", PcrSetText(before.pcrs),
        " and must not sign for ", PcrSetText(pcrs),
        ": a secret is sealed to the key, not to the registers, and would be "
        "opened by either; use another key"));
  }
  return absl::OkStatus();
}

}  // namespace extgate
