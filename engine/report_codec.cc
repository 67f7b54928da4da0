// Report to JSON and back through proto/report.proto: the only place that
// knows the generated types. Ways in: ReportToJson, ReportFromJson,
// ReasonHelpToJson.
#include "absl/strings/str_cat.h"
#include "engine/message_json.h"
#include "engine/report.h"
#include "engine/report_message.h"
#include "engine/word_decoder.h"
#include "policy/printable.h"
#include "proto/report.pb.h"

namespace extgate {
namespace {

constexpr int kFormat = 1;

v1::Image Encode(const ReportedImage& image) {
  v1::Image out;
  out.set_name(PrintableText(image.name));
  out.set_class_(ToWord(image.image_class));
  out.set_path(PrintableText(image.path));
  out.set_size(static_cast<int64_t>(image.size_bytes));
  out.set_verdict(ToWord(image.verdict));
  out.set_action(ToWord(image.action));
  out.set_rule(PrintableText(image.rule));
  for (const Reason& reason : image.reasons) {
    v1::Finding* finding = out.add_reasons();
    finding->set_code(ToWord(reason.code));
    finding->set_detail(PrintableText(reason.detail));
  }
  for (const ExcusedRule& rule : image.excused_by) {
    v1::ExcusedRule* excused = out.add_excused_by();
    excused->set_rule(PrintableText(rule.rule));
    if (rule.until) excused->set_until(rule.until->ToString());
  }
  if (image.runtime_enforcement) {
    out.set_runtime_enforcement(ToWord(*image.runtime_enforcement));
  }
  for (const TraceLine& line : image.trace) {
    v1::TraceLine* trace = out.add_trace();
    trace->set_rule(PrintableText(line.rule));
    trace->set_text(PrintableText(line.text));
  }
  out.set_passed_over(static_cast<uint32_t>(image.passed_over));
  v1::ImageFactsSummary* facts = out.mutable_facts();
  facts->set_root_hash(image.root_hash);
  facts->set_designator(image.designator);
  facts->set_filesystem(image.filesystem);
  facts->set_architecture(PrintableText(image.architecture));
  facts->set_sha256(image.sha256);
  for (const auto& [key, value] : image.release) {
    (*facts->mutable_release())[PrintableText(key)] = PrintableText(value);
  }
  if (image.signer) {
    v1::Signer* signer = facts->mutable_signer();
    signer->set_subject(PrintableText(image.signer->subject));
    signer->set_issuer_and_serial(
        PrintableText(image.signer->issuer_and_serial));
    if (image.signer->sha256) signer->set_sha256(image.signer->sha256->hex());
    signer->set_trusted(image.signer->trusted);
    signer->set_origin(PrintableText(image.signer->origin));
  }
  return out;
}

void Encode(const ReportedUnit& reported, v1::Unit& out) {
  const EffectiveUnit& unit = reported.unit;
  out.set_name(unit.name);
  out.set_standing(ToWord(reported.standing));
  out.set_detail(PrintableText(reported.detail));
  out.set_load_state(unit.load_state);
  out.set_active_state(unit.active_state);
  out.set_unit_file_state(unit.unit_file_state);
  out.set_fragment_path(PrintableText(unit.fragment_path));
  out.set_need_daemon_reload(unit.need_daemon_reload);
  const auto texts = [](const std::vector<std::string>& from, auto& to) {
    for (const std::string& text : from) *to.Add() = PrintableText(text);
  };
  texts(unit.drop_in_paths, *out.mutable_drop_in_paths());
  texts(unit.wanted_by, *out.mutable_wanted_by());
  texts(unit.environment, *out.mutable_environment());
  texts(unit.unset_environment, *out.mutable_unset_environment());
  for (const std::vector<std::string>& words : unit.exec_start) {
    texts(words, *out.add_exec_start()->mutable_words());
  }
  for (const std::vector<std::string>& words : unit.exec_reload) {
    texts(words, *out.add_exec_reload()->mutable_words());
  }
}

ReportedUnit DecodeUnit(const v1::Unit& in, absl::Status& status) {
  ReportedUnit reported;
  EffectiveUnit& unit = reported.unit;
  unit.name = in.name();
  DecodeInto(in.standing(), reported.standing, status);
  reported.detail = in.detail();
  unit.load_state = in.load_state();
  unit.active_state = in.active_state();
  unit.unit_file_state = in.unit_file_state();
  unit.fragment_path = in.fragment_path();
  unit.need_daemon_reload = in.need_daemon_reload();
  const auto texts = [](const auto& from) {
    return std::vector<std::string>(from.begin(), from.end());
  };
  unit.drop_in_paths = texts(in.drop_in_paths());
  unit.wanted_by = texts(in.wanted_by());
  unit.environment = texts(in.environment());
  unit.unset_environment = texts(in.unset_environment());
  for (const v1::Command& command : in.exec_start()) {
    unit.exec_start.push_back(texts(command.words()));
  }
  for (const v1::Command& command : in.exec_reload()) {
    unit.exec_reload.push_back(texts(command.words()));
  }
  return reported;
}

void EncodeDiagnostic(const Diagnostic& diagnostic, v1::Diagnostic& out) {
  out.set_code(ToWord(diagnostic.code));
  out.set_severity(ToWord(diagnostic.severity));
  out.set_path(PrintableText(diagnostic.span.path));
  out.set_line(diagnostic.span.line);
  out.set_column(diagnostic.span.column);
  out.set_field(PrintableText(diagnostic.span.field));
  out.set_message(PrintableText(diagnostic.message));
  out.set_help(PrintableText(diagnostic.help));
}

ReportedImage DecodeImage(const v1::Image& in, absl::Status& status) {
  ReportedImage image;
  image.name = in.name();
  DecodeInto(in.class_(), image.image_class, status);
  image.path = in.path();
  image.size_bytes = static_cast<uint64_t>(in.size());
  DecodeInto(in.verdict(), image.verdict, status);
  DecodeInto(in.action(), image.action, status);
  image.rule = in.rule();
  for (const v1::Finding& finding : in.reasons()) {
    Reason reason{ReasonCode::kUnreadable, finding.detail()};
    DecodeInto(finding.code(), reason.code, status);
    image.reasons.push_back(std::move(reason));
  }
  for (const v1::ExcusedRule& from : in.excused_by()) {
    ExcusedRule rule{from.rule(), std::nullopt};
    if (!from.until().empty()) {
      auto until = UtcTime::Parse(from.until());
      if (until.ok()) {
        rule.until = *until;
      } else {
        status.Update(until.status());
      }
    }
    image.excused_by.push_back(std::move(rule));
  }
  if (!in.runtime_enforcement().empty()) {
    RuntimeEnforcement enforcement = RuntimeEnforcement::kNone;
    DecodeInto(in.runtime_enforcement(), enforcement, status);
    image.runtime_enforcement = enforcement;
  }
  for (const v1::TraceLine& line : in.trace()) {
    image.trace.push_back({line.rule(), line.text()});
  }
  image.passed_over = in.passed_over();
  image.root_hash = in.facts().root_hash();
  image.designator = in.facts().designator();
  image.filesystem = in.facts().filesystem();
  image.architecture = in.facts().architecture();
  image.sha256 = in.facts().sha256();
  for (const auto& [key, value] : in.facts().release()) {
    image.release[key] = value;
  }
  if (in.facts().has_signer()) {
    const v1::Signer& from = in.facts().signer();
    Signer signer;
    signer.subject = from.subject();
    signer.issuer_and_serial = from.issuer_and_serial();
    signer.trusted = from.trusted();
    signer.origin = from.origin();
    if (auto sha256 = Fingerprint::Parse(from.sha256()); sha256.ok()) {
      signer.sha256 = *std::move(sha256);
    }
    image.signer = std::move(signer);
  }
  return image;
}

void Encode(const ImageNow& image, v1::ImageNow& out) {
  out.set_name(PrintableText(image.name));
  out.set_class_(ToWord(image.image_class));
  out.set_path(PrintableText(image.path));
  if (image.decided.has_value()) out.set_decided(ToWord(*image.decided));
  out.set_staged(image.staged);
  out.set_merged(image.merged);
  out.set_in_force(ToWord(image.in_force));
  out.set_bypassed(image.bypassed);
}

ImageNow DecodeNow(const v1::ImageNow& in, absl::Status& status) {
  ImageNow image;
  image.name = in.name();
  DecodeInto(in.class_(), image.image_class, status);
  image.path = in.path();
  if (!in.decided().empty()) {
    DecodeInto(in.decided(), image.decided.emplace(), status);
  }
  image.staged = in.staged();
  image.merged = in.merged();
  DecodeInto(in.in_force(), image.in_force, status);
  image.bypassed = in.bypassed();
  return image;
}

}  // namespace

void ReportToMessage(const Report& report, v1::Report& out) {
  out.set_version(kFormat);
  out.set_time(report.time);
  out.set_boot_id(report.boot_id);
  out.set_host(PrintableText(report.host));
  out.set_extgate(kExtgateVersion);
  out.set_systemd(report.systemd_version);
  out.set_mode(ToWord(report.mode));
  if (report.floor) out.set_floor(ToWord(*report.floor));
  out.set_entry(PrintableText(report.entry));
  out.set_outcome(ToWord(report.outcome));
  out.mutable_previous_boot()->set_outcome(report.previous_boot.outcome);
  out.mutable_previous_boot()->set_why(PrintableText(report.previous_boot.why));
  out.mutable_policy()->set_sha256(report.policy_sha256);
  out.mutable_policy()->set_changed(report.policy_changed);
  for (const ImageNow& image : report.now) Encode(image, *out.add_now());
  out.set_inputs(report.inputs);
  for (const UsedSource& source : report.sources) {
    v1::Source* used = out.mutable_policy()->add_sources();
    used->set_path(PrintableText(source.path));
    used->set_authority(ToWord(source.authority));
  }
  out.set_image_policy(report.sysext.image_policy);
  for (const std::string& assignment : report.sysext.environment) {
    out.add_environment(assignment);
  }
  out.set_confext_image_policy(report.confext.image_policy);
  for (const std::string& assignment : report.confext.environment) {
    out.add_confext_environment(assignment);
  }
  for (const ReportedImage& image : report.images) {
    *out.add_images() = Encode(image);
  }
  for (const Violation& violation : report.violations) {
    v1::Finding* finding = out.add_violations();
    finding->set_code(ToWord(violation.code));
    finding->set_detail(PrintableText(violation.detail));
  }
  for (const Diagnostic& diagnostic : report.diagnostics) {
    EncodeDiagnostic(diagnostic, *out.add_diagnostics());
  }
  for (const std::string& name : report.not_merged) {
    out.add_not_merged(PrintableText(name));
  }
  for (const ReportedUnit& unit : report.units) Encode(unit, *out.add_units());
}

std::string ReportToJson(const Report& report) {
  v1::Report message;
  ReportToMessage(report, message);
  return MessageToJson(message, JsonLayout::kIndented);
}

absl::StatusOr<Report> ReportFromJson(absl::string_view json) {
  absl::StatusOr<v1::Report> parsed =
      MessageFromJson<v1::Report>(json, "a report");
  if (!parsed.ok()) return parsed.status();
  const v1::Report& in = *parsed;
  if (in.version() != kFormat) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a report of format ", in.version(), ", this program reads ", kFormat));
  }
  absl::Status status;
  Report report;
  report.time = in.time();
  report.boot_id = in.boot_id();
  report.host = in.host();
  report.systemd_version = in.systemd();
  DecodeInto(in.mode(), report.mode, status);
  if (!in.floor().empty()) {
    Mode floor = Mode::kDisabled;
    DecodeInto(in.floor(), floor, status);
    report.floor = floor;
  }
  report.entry = in.entry();
  DecodeInto(in.outcome(), report.outcome, status);
  report.previous_boot = {in.previous_boot().outcome(),
                          in.previous_boot().why()};
  report.policy_sha256 = in.policy().sha256();
  report.policy_changed = in.policy().changed();
  report.inputs = in.inputs();
  for (const v1::Source& source : in.policy().sources()) {
    UsedSource used{source.path(), Authority::kLocal};
    DecodeInto(source.authority(), used.authority, status);
    report.sources.push_back(std::move(used));
  }
  report.sysext.image_policy = in.image_policy();
  report.sysext.environment.assign(in.environment().begin(),
                                   in.environment().end());
  report.confext.image_policy = in.confext_image_policy();
  report.confext.environment.assign(in.confext_environment().begin(),
                                    in.confext_environment().end());
  for (HandOver* told : {&report.sysext, &report.confext}) {
    AddSwitches(report.mode, report.systemd_version, *told);
  }
  for (const v1::Image& image : in.images()) {
    report.images.push_back(DecodeImage(image, status));
  }
  for (const v1::Finding& finding : in.violations()) {
    Violation violation{ReasonCode::kUnreadable, finding.detail()};
    DecodeInto(finding.code(), violation.code, status);
    report.violations.push_back(std::move(violation));
  }
  for (const v1::Diagnostic& from : in.diagnostics()) {
    Diagnostic diagnostic{};
    DecodeInto(from.code(), diagnostic.code, status);
    DecodeInto(from.severity(), diagnostic.severity, status);
    diagnostic.span = {from.path(), from.line(), from.column(), from.field()};
    diagnostic.message = from.message();
    diagnostic.help = from.help();
    report.diagnostics.push_back(std::move(diagnostic));
  }
  report.not_merged.assign(in.not_merged().begin(), in.not_merged().end());
  for (const v1::Unit& unit : in.units()) {
    report.units.push_back(DecodeUnit(unit, status));
  }
  for (const v1::ImageNow& image : in.now()) {
    report.now.push_back(DecodeNow(image, status));
  }
  if (!status.ok()) return status;
  return report;
}

std::string ReasonHelpToJson(ReasonCode code) {
  v1::ReasonHelp help;
  help.set_code(ToWord(code));
  help.set_kind(ToWord(KindOf(code)));
  help.set_help(std::string(HelpOf(code)));
  return MessageToJson(help, JsonLayout::kIndented);
}

}  // namespace extgate
