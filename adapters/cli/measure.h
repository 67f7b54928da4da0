// The verbs of `measure`: what the TPM sees of extensions, and policies for it.
#ifndef EXTGATE_ADAPTERS_CLI_MEASURE_H_
#define EXTGATE_ADAPTERS_CLI_MEASURE_H_

#include <string>
#include <vector>

#include "adapters/cli/verbs.h"
#include "adapters/measured_set.h"
#include "engine/pcr/pcr_bank.h"

namespace extgate {

struct PredictOptions {
  MeasuredSetOptions set;
  bool install = false;               // --install: once they are installed
  std::vector<std::string> policies;  // instead of discovery
  std::vector<PcrBank> banks;         // --bank; empty: all
  bool pcrlock = false;  // --pcrlock: a component of systemd-pcrlock
};

// Registers and events, for a set of files or an entry on a partition.
int MeasurePredictVerb(const GlobalOptions& global,
                       const PredictOptions& options);

struct SignOptions {
  MeasuredSetOptions set;
  std::vector<PcrBank> banks;       // empty: sha256
  std::string pcrs;                 // --pcrs: "11+13"; "": by what is given
  std::vector<std::string> phases;  // --phase; empty: those of systemd-measure
  bool combinations = false;        // every subset of the images
  bool install = false;             // --install: of each entry, as installed
  // The images have to be approved by a policy: this one, or the machine's.
  bool by_policy = false;
  std::vector<std::string> policies;
  // The key: a file, or what a provider or an engine of OpenSSL calls one; or
  // only its public half, for others to sign.
  std::string private_key;
  std::string key_source;  // "file", "provider:NAME", "engine:NAME"
  std::string public_key;
  std::string digest_only;  // directory to write what is to be signed to
  std::string attach;       // such a directory, with signatures
  std::string into;         // file to add to; "": print
};

// Policies signed for registers of the TPM.
int MeasureSignVerb(const GlobalOptions& global, const SignOptions& options);

struct VerifyOptions {
  MeasuredSetOptions set;
  PcrBank bank = PcrBank::kSha256;
  // --tpm: a device or swtpm to ask, in place of what the kernel shows.
  std::string tpm;
  // Of another machine, files: what its firmware logged (its registers are what
  // that makes), systemd's log, the report that it keeps, and what its TPM
  // signed of its registers, with the key and what was given to be signed.
  std::string log;
  std::string system_log;
  std::string report;
  std::string quote;
  std::string quote_signature;
  std::string quote_key;
  std::string nonce;      // in hex
  bool decision = false;  // a decision must have been measured
  int decision_pcr = 14;  // into this register
  std::string pcrs;       // registers to verify; "": all that are predicted
};

// A prediction, and the decisions that were measured, against what this machine
// holds, or what is known of another one. Exit 3 on a difference.
int MeasureVerifyVerb(const GlobalOptions& global,
                      const VerifyOptions& options);

struct EnrollOptions {
  std::string device;      // of LUKS2
  std::string public_key;  // file
  std::string pcrs = "11+13";
  std::string signature;             // file; "": none is tried
  bool without_secure_boot = false;  // not PCR 7 too
  bool run = false;                  // else it is printed
};

// The call of systemd-cryptenroll that seals a disk to the registers.
int MeasureEnrollVerb(const GlobalOptions& global,
                      const EnrollOptions& options);

}  // namespace extgate

#endif  // EXTGATE_ADAPTERS_CLI_MEASURE_H_
