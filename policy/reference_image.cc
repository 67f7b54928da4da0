// Ways in: ReferenceStructural, ReferenceAlways, ReferenceApplicable.
#include "policy/reference_image.h"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace extgate {
namespace {

using R = ReasonCode;

bool HasWord(const std::string& list, const std::string& word) {
  return (" " + list + " ").find(" " + word + " ") != std::string::npos;
}

bool UuidsFit(const ImageFacts& image) {
  const Layout* layout = image.layout.value();
  const std::string hash = ReferenceRootHashHex(image);
  if (image.container != Container::kGpt || layout == nullptr || hash.empty()) {
    return true;
  }
  const auto dashed = [](std::string hex) {
    for (size_t at : {8, 13, 18, 23}) hex.insert(at, 1, '-');
    return hex;
  };
  return layout->data_uuid == dashed(hash.substr(0, 32)) &&
         layout->verity_uuid == dashed(hash.substr(hash.size() - 32));
}

bool SignatureNamesAnotherTree(const ImageFacts& image) {
  const VeritySignature* signature = image.signature.value();
  return signature != nullptr && !ReferenceRootHashHex(image).empty() &&
         (!signature->root_hash ||
          signature->root_hash->hex() != ReferenceRootHashHex(image));
}

// Broken or missing gives `broken`, a format we do not read
// filesystem-unsupported.
template <typename T>
void Judge(const Evidence<T>& evidence, R broken, std::set<R>& codes) {
  if (evidence.value() != nullptr) return;
  codes.insert(evidence.unsupported() ? R::kFilesystemUnsupported : broken);
}

void JudgeContents(const ImageFacts& image, const HostFacts& host,
                   std::set<R>& codes) {
  Judge(image.release, R::kReleaseMissing, codes);
  const bool before_254 =
      host.systemd_version > 0 && host.systemd_version < 254;
  if (before_254 && image.release.value() != nullptr &&
      image.release.value()->by_fallback && !image.release.value()->lax) {
    codes.insert(R::kReleaseMissing);
  }
  if (image.has_os_release &&
      (host.systemd_version == 0 || host.systemd_version >= 254)) {
    codes.insert(R::kReleaseMissing);
  }
}

bool IdentityFits(const std::map<std::string, std::string>& image,
                  const HostFacts& host, const std::string& prefix) {
  const auto& os = host.os_release;
  const std::string id = ReferenceField(image, "ID");
  if (id.empty()) return false;
  if (id == "_any") return true;
  const bool alike =
      host.systemd_version >= 258 && HasWord(ReferenceField(os, "ID_LIKE"), id);
  if (id != ReferenceField(os, "ID") && !alike) return false;
  const std::string level = prefix + "LEVEL";
  if (ReferenceField(os, "VERSION_ID").empty() &&
      ReferenceField(os, level).empty())
    return true;
  if (!ReferenceField(os, level).empty() &&
      !ReferenceField(image, level).empty()) {
    return ReferenceField(os, level) == ReferenceField(image, level);
  }
  if (ReferenceField(os, "VERSION_ID").empty()) return true;
  return ReferenceField(os, "VERSION_ID") ==
         ReferenceField(image, "VERSION_ID");
}

}  // namespace

std::string ReferenceRootHashHex(const ImageFacts& image) {
  const VerityTree* tree = image.verity.value();
  return tree != nullptr && tree->root_hash ? tree->root_hash->hex() : "";
}

bool ReferenceTrustedTree(const ImageFacts& image,
                          const SignatureStanding& standing) {
  const VeritySignature* signature = image.signature.value();
  return !ReferenceRootHashHex(image).empty() && signature != nullptr &&
         signature->root_hash &&
         signature->root_hash->hex() == ReferenceRootHashHex(image) &&
         standing.state == SignatureState::kTrusted;
}

std::string ReferenceField(const std::map<std::string, std::string>& fields,
                           const std::string& key) {
  return fields.count(key) ? fields.at(key) : "";
}

std::set<R> ReferenceStructural(const ImageFacts& image,
                                const HostFacts& host) {
  std::set<R> codes;
  if (image.container == Container::kUnknown) return {R::kNotADiskImage};
  if (image.container == Container::kDirectory) {
    JudgeContents(image, host, codes);
    return codes;
  }
  if (image.container == Container::kGpt) {
    Judge(image.table, R::kPartitionTableInvalid, codes);
    if (image.table.value() != nullptr && host.systemd_version < 253 &&
        image.table.value()->sector_size != 512) {
      codes.insert(R::kPartitionTableInvalid);
    }
    if (!codes.empty()) return codes;
  }
  Judge(image.layout, R::kLayoutAmbiguous, codes);
  if (!codes.empty()) return codes;
  const Layout& layout = *image.layout.value();
  if (image.image_class == ImageClass::kConfext &&
      layout.designator == Designator::kUsr) {
    return {R::kLayoutAmbiguous};
  }
  if (layout.verity || !image.verity.absent()) {
    Judge(image.verity, R::kVerityCorrupt, codes);
  }
  if (image.verity.value() != nullptr) {
    if (image.data_check.first_bad_offset) codes.insert(R::kVerityCorrupt);
    if (SignatureNamesAnotherTree(image)) codes.insert(R::kVerityCorrupt);
    const bool guesses =
        host.systemd_version == 0 || host.systemd_version >= 258;
    if (!layout.signature && guesses && !UuidsFit(image)) {
      codes.insert(R::kVerityCorrupt);
    }
  }
  if (image.signature.malformed()) codes.insert(R::kVerityCorrupt);
  if (image.signature.unsupported()) codes.insert(R::kFilesystemUnsupported);
  if (layout.signature && image.signature.absent() &&
      image.verity.value() != nullptr) {
    codes.insert(R::kVerityCorrupt);
  }
  if (image.filesystem.value() != nullptr) {
    JudgeContents(image, host, codes);
  } else if (!image.filesystem.absent() || codes.empty()) {
    codes.insert(R::kFilesystemUnsupported);
  }
  return codes;
}

std::set<R> ReferenceAlways(const ImageFacts& image,
                            const SignatureStanding& standing) {
  std::set<R> codes;
  for (const Signer& signer : standing.signers) {
    if (signer.revoked) codes.insert(R::kSignerRevoked);
  }
  if (!UuidsFit(image) || SignatureNamesAnotherTree(image)) {
    codes.insert(R::kRootHashMismatch);
  }
  if (image.signature.malformed()) codes.insert(R::kSignatureInvalid);
  if (!image.forbidden_paths.empty()) codes.insert(R::kForbiddenContent);
  if (const ExtensionRelease* release = image.release.value()) {
    std::string cut;
    for (char c : image.name) {
      if (c == '_' || c == '+') break;
      cut += c;
    }
    if (release->name.empty() ||
        (release->name != image.name && release->name != cut)) {
      codes.insert(R::kNameMismatch);
    }
  }
  return codes;
}

std::set<R> ReferenceApplicable(const ImageFacts& image,
                                const HostFacts& host) {
  const auto& fields = image.release.value()->fields;
  const std::string prefix =
      image.image_class == ImageClass::kSysext ? "SYSEXT_" : "CONFEXT_";
  std::set<R> codes;
  if (!IdentityFits(fields, host, prefix)) codes.insert(R::kReleaseMismatch);
  const std::string architecture = ReferenceField(fields, "ARCHITECTURE");
  if (!architecture.empty() && architecture != "_any" &&
      (!host.architecture || architecture != ToWord(*host.architecture))) {
    codes.insert(R::kWrongArchitecture);
  }
  const Layout* layout = image.layout.value();
  if (layout != nullptr && layout->architecture &&
      layout->architecture != host.architecture) {
    codes.insert(R::kWrongArchitecture);
  }
  const std::string scope = fields.count(prefix + "SCOPE")
                                ? fields.at(prefix + "SCOPE")
                                : "system portable";
  if (!HasWord(scope, host.initrd ? "initrd" : "system")) {
    codes.insert(R::kWrongScope);
  }
  return codes;
}

}  // namespace extgate
