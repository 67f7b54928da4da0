// Ways in: ClassWord, PlacedToJson, InstallationToMessage and
// InstallationToJson.
#include "engine/install/installation.h"

#include <algorithm>

#include "engine/install/installation_message.h"
#include "engine/message_json.h"
#include "policy/printable.h"

namespace extgate {
namespace {

void Fill(const PlacedImage& image, v1::PlacedImage* placed) {
  placed->set_source(PrintableText(image.source));
  placed->set_name(PrintableText(image.name));
  placed->set_class_(ClassWord(image));
  placed->set_size(image.size_bytes);
  placed->set_entry(PrintableText(image.entry));
  placed->set_path(PrintableText(image.path));
  if (image.verdict.has_value()) placed->set_verdict(ToWord(*image.verdict));
  for (const Reason& reason : image.reasons) {
    v1::Finding* const why = placed->add_reasons();
    why->set_code(ToWord(reason.code));
    why->set_detail(PrintableText(reason.detail));
  }
  placed->set_placement(ToWord(image.placement));
  placed->set_why(PrintableText(image.why));
}

}  // namespace

std::string ClassWord(const PlacedImage& image) {
  return image.image_class.has_value() ? ToWord(*image.image_class)
                                       : "credential";
}

std::string PlacedToJson(const PlacedImage& image) {
  v1::PlacedImage out;
  Fill(image, &out);
  return MessageToJson(out, JsonLayout::kOneLine);
}

void InstallationToMessage(const Installation& installation,
                           v1::Installation& out) {
  out.set_dry_run(installation.dry_run);
  for (const PlacedImage& image : installation.images) {
    Fill(image, out.add_images());
  }
  for (const std::string& id : installation.rearmed) {
    out.add_rearmed(PrintableText(id));
  }
  for (const std::string& remark : installation.remarks) {
    out.add_remarks(PrintableText(remark));
  }
}

std::string InstallationToJson(const Installation& installation) {
  v1::Installation out;
  InstallationToMessage(installation, out);
  return MessageToJson(out, JsonLayout::kIndented);
}

}  // namespace extgate
