// For tests with one image on offer that is right but for one thing.
#ifndef EXTGATE_ENGINE_TESTING_ONE_IMAGE_H_
#define EXTGATE_ENGINE_TESTING_ONE_IMAGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "engine/image/image_builder.h"
#include "engine/testing/fake_host.h"

namespace extgate {

// What the image is called, whatever is wrong with it, and where it is offered.
inline constexpr char kOneImageName[] = "x";
inline constexpr char kOneImagePath[] = "/src/x.raw";

// Offers an image.
using OfferImage = std::function<void(FakeHost&)>;

// Signed by Vendor(), for any host: allowed by default.
TestImage GoodImage();

void OfferBuilt(FakeHost& host, const TestImage& image);
void OfferGood(FakeHost& host);

// As GoodImage(), with `change` made before it is built.
OfferImage With(std::function<void(TestImage&)> change);

// As GoodImage(), with one bit flipped where `place` says, after it was signed.
OfferImage Flipped(std::function<uint64_t(const BuiltImage&)> place);

// As GoodImage(), with these files inside, content by path.
OfferImage Holding(std::map<std::string, std::string> files);

}  // namespace extgate

#endif  // EXTGATE_ENGINE_TESTING_ONE_IMAGE_H_
