// Ways in: OfferGood, With, Flipped, Holding.
#include "engine/testing/one_image.h"

#include <utility>

#include "engine/testing/pipeline_fixture.h"

namespace extgate {

TestImage GoodImage() {
  TestImage image;
  image.data = ErofsOf(kOneImageName);
  image.signer = &Vendor();
  return image;
}

void OfferBuilt(FakeHost& host, const TestImage& image) {
  host.Offer(kOneImagePath, Text(BuildImage(image).bytes()));
}

void OfferGood(FakeHost& host) { OfferBuilt(host, GoodImage()); }

OfferImage With(std::function<void(TestImage&)> change) {
  return [change = std::move(change)](FakeHost& host) {
    TestImage image = GoodImage();
    change(image);
    OfferBuilt(host, image);
  };
}

OfferImage Flipped(std::function<uint64_t(const BuiltImage&)> place) {
  return [place = std::move(place)](FakeHost& host) {
    const BuiltImage image = BuildImage(GoodImage());
    Bytes bytes = image.bytes();
    bytes[place(image)] ^= 1;
    host.Offer(kOneImagePath, Text(bytes));
  };
}

OfferImage Holding(std::map<std::string, std::string> files) {
  return With([files = std::move(files)](TestImage& image) {
    image.data = ErofsFrom(files);
  });
}

}  // namespace extgate
