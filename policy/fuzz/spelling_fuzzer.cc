// A policy in textproto, in JSON and in the bytes of protobuf: what is read
// without a warning protobuf reads too, and it is written and read back equal
// in every spelling.
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "fuzz/fuzz.h"
#include "policy/diagnostic.h"
#include "policy/policy.h"
#include "policy/policy_reader.h"
#include "policy/policy_writer.h"
#include "policy/printable.h"
#include "proto/policy.pb.h"

namespace extgate {
namespace {

void CheckWritten(const Policy& policy) {
  for (const auto& [spelling, word] : Words<PolicySpelling>::kTable) {
    const auto text = WritePolicy(policy, spelling);
    Require(text.ok(), "what was read can be written");
    const auto again =
        ReadPolicyText(*text, "again", PolicyFileKind(absl::StrCat(".", word)));
    Require(again.value.has_value(), "what is written reads back");
    Require(*again.value == policy, "what is written reads back equal");
  }
}

bool ProtobufTakes(absl::string_view text, SourceKind kind) {
  const google::protobuf::LogSilencer silencer;
  v1::PolicyFile message;
  return kind == SourceKind::kBinpb
             ? message.ParseFromString(std::string(text))
             : google::protobuf::TextFormat::ParseFromString(std::string(text),
                                                             &message);
}

void Check(absl::string_view text, SourceKind kind) {
  const auto read = ReadPolicyText(text, "input", kind);
  Require(read.value.has_value() != HasErrors(read.diagnostics),
          "there is a policy, or an error says why not");
  for (const Diagnostic& diagnostic : read.diagnostics) {
    Require(PrintableText(diagnostic.message) == diagnostic.message &&
                PrintableText(diagnostic.help) == diagnostic.help &&
                PrintableText(diagnostic.span.field) == diagnostic.span.field,
            "messages can be shown");
    Require(kind == SourceKind::kBinpb || diagnostic.span.line > 0,
            "a problem of a text has its place");
  }
  if (!read.value.has_value()) return;
  Require(kind == SourceKind::kJson || !read.diagnostics.empty() ||
              ProtobufTakes(text, kind),
          "protobuf takes what is taken");
  CheckWritten(*read.value);
}

}  // namespace
}  // namespace extgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  extgate::FuzzInput input(data, size);
  const absl::string_view text = input.RestText();
  extgate::Check(text, extgate::SourceKind::kTextproto);
  extgate::Check(text, extgate::SourceKind::kJson);
  extgate::Check(text, extgate::SourceKind::kBinpb);
  return 0;
}
