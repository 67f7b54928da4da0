// Way in: BankHasher::Create. The first bank is the caller's own thread, each
// other one has a thread that waits for the next piece.
#include "engine/pcr/bank_hasher.h"

#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

#include "engine/crypto/stream_hasher.h"

namespace extgate {
namespace {

// Below this it takes longer to wake a thread than to hash.
constexpr size_t kWorthAThread = size_t{16} * 1024;  // bytes

// A hasher whose thread hashes what Begin() was given, until End().
class HasherThread {
 public:
  explicit HasherThread(StreamHasher& hasher)
      : hasher_(hasher), thread_([this] { Run(); }) {}

  ~HasherThread() {
    over_ = true;
    begin_.release();
  }

  void Begin(absl::Span<const uint8_t> bytes) {
    bytes_ = bytes;
    begin_.release();
  }
  void End() { end_.acquire(); }

 private:
  void Run() {
    while (true) {
      begin_.acquire();
      if (over_) return;
      hasher_.Update(bytes_);
      end_.release();
    }
  }

  StreamHasher& hasher_;
  absl::Span<const uint8_t> bytes_;  // between Begin() and End()
  bool over_ = false;
  std::binary_semaphore begin_{0};
  std::binary_semaphore end_{0};
  std::jthread thread_;  // the last member: it uses the others
};

class ThreadedBanks : public BankHasher {
 public:
  explicit ThreadedBanks(
      std::vector<std::pair<PcrBank, std::unique_ptr<StreamHasher>>> hashers)
      : hashers_(std::move(hashers)) {
    for (size_t i = 1; i < hashers_.size(); ++i) {
      threads_.push_back(std::make_unique<HasherThread>(*hashers_[i].second));
    }
  }

  void Update(absl::Span<const uint8_t> bytes) override {
    if (bytes.size() < kWorthAThread) {
      for (auto& [bank, hasher] : hashers_) hasher->Update(bytes);
      return;
    }
    for (auto& thread : threads_) thread->Begin(bytes);
    if (!hashers_.empty()) hashers_.front().second->Update(bytes);
    for (auto& thread : threads_) thread->End();
  }

  std::map<PcrBank, std::string> Finish() override {
    std::map<PcrBank, std::string> digests;
    for (auto& [bank, hasher] : hashers_) digests[bank] = hasher->Finish();
    return digests;
  }

 private:
  std::vector<std::pair<PcrBank, std::unique_ptr<StreamHasher>>> hashers_;
  std::vector<std::unique_ptr<HasherThread>> threads_;  // of all but the first
};

}  // namespace

absl::StatusOr<std::unique_ptr<BankHasher>> BankHasher::Create(
    absl::Span<const PcrBank> banks) {
  std::vector<std::pair<PcrBank, std::unique_ptr<StreamHasher>>> hashers;
  for (const PcrBank bank : banks) {
    auto hasher = StreamHasher::Create(ToWord(bank));
    if (!hasher.ok()) return hasher.status();
    hashers.emplace_back(bank, *std::move(hasher));
  }
  return std::make_unique<ThreadedBanks>(std::move(hashers));
}

}  // namespace extgate
