// One way in: BindTrust.
#include "engine/trust_binding.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/image/byte_cursor.h"

namespace extgate {
namespace {

// Collects the store and what was noticed.
class Binder {
 public:
  Binder(PolicyPort& policy, FirmwarePort& firmware)
      : policy_(policy), firmware_(firmware) {}

  void Inline(const LocatedText& pem) {
    const std::string origin = absl::StrCat("policy ", ToString(pem.span));
    for (Certificate& certificate : Parse(pem)) {
      store_.Trust(std::move(certificate), origin);
    }
  }

  void Files(const LocatedText& pattern) {
    for (const CertificateFile& file : Find(pattern)) {
      AddFile(file, Severity::kError);
    }
  }

  // What is wrong with one certificate puts the whole set in doubt; a pattern
  // that no file matches does not.
  void Set(const std::string& name, const TrustSet& set) {
    std::vector<Diagnostic> before = std::exchange(diagnostics_, {});
    const std::string of_set = absl::StrCat("trust set `", name, "`, ");
    for (const LocatedText& pem : set.certificates) {
      const std::string origin = absl::StrCat(of_set, ToString(pem.span));
      for (Certificate& certificate : Parse(pem)) {
        store_.TrustInSet(std::move(certificate), name, origin);
      }
    }
    for (const LocatedText& pattern : set.files) {
      for (const CertificateFile& file : Find(pattern)) {
        for (Certificate& certificate : Parse(file, Severity::kError)) {
          store_.TrustInSet(std::move(certificate), name,
                            absl::StrCat(of_set, file.path));
        }
      }
    }
    if (HasErrors(diagnostics_)) store_.DoubtSet(name);
    std::swap(before, diagnostics_);
    Take(std::move(before));
  }

  void VerityDirectory(VerityD which) {
    if (which == VerityD::kNone) return;
    auto files = policy_.VerityDirectory(which);
    Take(std::move(files.diagnostics));
    for (const CertificateFile& file : files.value) {
      AddFile(file, Severity::kWarning);
    }
  }

  // dbx first: what it revokes must never be trusted by another list. False
  // when it is there and cannot be believed.
  bool ForbiddenList() {
    absl::StatusOr<std::string> data = firmware_.Variable("dbx");
    if (absl::IsNotFound(data.status())) return true;
    absl::StatusOr<EfiSignatureList> list =
        data.ok() ? ParseEfiSignatureList(BytesOf(*data)) : data.status();
    if (!list.ok()) {
      Note(DiagnosticCode::kEfiUntrusted, Severity::kError, {},
           absl::StrCat("no EFI list is trusted: dbx: ",
                        list.status().message()),
           "");
      return false;
    }
    for (const Certificate& certificate : list->certificates) {
      store_.Revoke(certificate.sha256, "efi dbx");
    }
    for (const FileDigest& digest : list->x509_sha256) {
      store_.RevokeToBeSigned(digest, "efi dbx");
    }
    return true;
  }

  void EfiLists(const std::vector<EfiList>& lists, const SourceSpan& span,
                Severity severity_when_off) {
    const bool dbx_known = ForbiddenList();
    if (lists.empty() || !dbx_known) return;
    if (!firmware_.SecureBootEnforced()) {
      Note(DiagnosticCode::kEfiUntrusted, severity_when_off, span,
           "EFI certificates are not trusted: Secure Boot is off or in setup "
           "mode",
           "enrol keys and turn Secure Boot on, or give the certificate in "
           "trust.certificates");
      return;
    }
    for (EfiList list : lists) AddEfiList(list, span);
  }

  void Revoked(const LocatedText& text) {
    auto fingerprint =
        Fingerprint::Parse(absl::StripPrefix(text.value, "sha256:"));
    if (!fingerprint.ok()) {
      Note(DiagnosticCode::kBadDigest, Severity::kError, text.span,
           fingerprint.status().message(), "");
      return;
    }
    store_.Revoke(*fingerprint, absl::StrCat("policy ", ToString(text.span)));
  }

  WithDiagnostics<TrustStore> Finish() {
    return {std::move(store_), std::move(diagnostics_)};
  }

 private:
  std::vector<Certificate> Parse(const LocatedText& pem) {
    auto certificates = ParsePem(pem.value);
    if (certificates.ok()) return *std::move(certificates);
    Note(DiagnosticCode::kBadCertificate, Severity::kError, pem.span,
         certificates.status().message(),
         "give the whole certificate in PEM, from BEGIN to END");
    return {};
  }

  std::vector<Certificate> Parse(const CertificateFile& file,
                                 Severity severity) {
    auto certificates = ParsePem(file.text);
    if (certificates.ok()) return *std::move(certificates);
    Note(DiagnosticCode::kBadCertificate, severity, {file.path, 0, 0},
         certificates.status().message(), "");
    return {};
  }

  std::vector<CertificateFile> Find(const LocatedText& pattern) {
    auto files = policy_.TrustFiles(pattern.value, pattern.span);
    Take(std::move(files.diagnostics));
    return std::move(files.value);
  }

  void AddFile(const CertificateFile& file, Severity severity) {
    for (Certificate& certificate : Parse(file, severity)) {
      store_.Trust(std::move(certificate), file.path);
    }
  }

  void AddEfiList(EfiList list, const SourceSpan& span) {
    const std::string name = ToWord(list);
    absl::StatusOr<std::string> data = firmware_.Variable(name);
    if (absl::IsNotFound(data.status())) return;
    absl::StatusOr<EfiSignatureList> parsed =
        data.ok() ? ParseEfiSignatureList(BytesOf(*data)) : data.status();
    if (!parsed.ok()) {
      Note(DiagnosticCode::kEfiUntrusted, Severity::kWarning, span,
           absl::StrCat("EFI list ", name,
                        " is not trusted: ", parsed.status().message()),
           "");
      return;
    }
    for (Certificate& certificate : parsed->certificates) {
      store_.Trust(std::move(certificate), absl::StrCat("efi ", name));
    }
  }

  void Note(DiagnosticCode code, Severity severity, SourceSpan span,
            absl::string_view message, absl::string_view help) {
    diagnostics_.push_back({code, severity, std::move(span),
                            std::string(message), std::string(help)});
  }

  void Take(std::vector<Diagnostic> diagnostics) {
    for (Diagnostic& diagnostic : diagnostics) {
      diagnostics_.push_back(std::move(diagnostic));
    }
  }

  PolicyPort& policy_;
  FirmwarePort& firmware_;
  TrustStore store_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

WithDiagnostics<TrustStore> BindTrust(const Trust& trust, PolicyPort& policy,
                                      FirmwarePort& firmware) {
  Binder binder(policy, firmware);
  for (const LocatedText& text : trust.revoked) binder.Revoked(text);
  for (const LocatedText& pem : trust.certificates) binder.Inline(pem);
  for (const LocatedText& pattern : trust.files) binder.Files(pattern);
  for (const auto& [name, set] : trust.sets) binder.Set(name, set);
  binder.VerityDirectory(trust.verity_d ? trust.verity_d->value
                                        : VerityD::kUsr);
  if (trust.efi) {
    binder.EfiLists(trust.efi->value, trust.efi->span, Severity::kWarning);
  } else {
    binder.EfiLists({EfiList::kDb}, {}, Severity::kNote);
  }
  return binder.Finish();
}

}  // namespace extgate
