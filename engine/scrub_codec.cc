// Way in: ScrubToJson.
#include "engine/message_json.h"
#include "engine/scrub.h"
#include "policy/printable.h"
#include "proto/report.pb.h"

namespace extgate {

std::string ScrubToJson(const ScrubResult& result) {
  v1::Scrub out;
  out.set_path(PrintableText(result.path));
  out.set_state(ToWord(result.state));
  out.set_detail(PrintableText(result.detail));
  out.set_data_bytes(static_cast<int64_t>(result.data_bytes));
  if (result.root_hash) out.set_root_hash(result.root_hash->hex());
  if (result.bad_block) {
    v1::BadBlock* const bad = out.mutable_bad_block();
    bad->set_level(static_cast<int64_t>(result.bad_block->level));
    bad->set_number(static_cast<int64_t>(result.bad_block->number));
    bad->set_offset(static_cast<int64_t>(result.bad_offset));
  }
  return MessageToJson(out, JsonLayout::kOneLine);
}

}  // namespace extgate
