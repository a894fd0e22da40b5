#include "framework/io/pictures/reading.h"

#if VARVE_HAVE_WEBP
#include <webp/decode.h>

#include <new>

#include "framework/core/error.h"
#include "framework/io/byte_source.h"
#endif

namespace varve::io {
namespace {

bool begins(std::string_view head) {
  return head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 4) == "WEBP";
}

}  // namespace

#if VARVE_HAVE_WEBP
namespace {

const std::uint8_t* data_of(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

Picture look(std::string_view bytes, const std::string& origin) {
  WebPBitstreamFeatures features;
  const auto status = WebPGetFeatures(data_of(bytes), bytes.size(), &features);
  if (status != VP8_STATUS_OK)
    fail(ErrorKind::input, "{}: its head cannot be read; {}", origin, damaged);
  if (features.has_animation != 0)
    fail(ErrorKind::input, "{}: is animated; save its frames as pictures", origin);
  Picture picture{.height = features.height,
                  .width = features.width,
                  .channels = features.has_alpha != 0 ? 4 : 3};
  require_readable(picture, bytes.size(), origin);
  return picture;
}

Picture decode(std::string_view bytes, const std::string& origin) {
  Picture picture = look(bytes, origin);
  allocate_samples(picture);
  auto* out = reinterpret_cast<std::uint8_t*>(picture.samples.data());
  const int stride = static_cast<int>(picture.width) * picture.channels;
  const auto into = picture.channels == 4 ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (into(data_of(bytes), bytes.size(), out, picture.samples.size(), stride) == nullptr)
    fail(ErrorKind::input, "{}: its pixels cannot be read; {}", origin, damaged);
  return picture;
}

}  // namespace

PictureFormat webp_format() { return {"WebP", begins, look, decode, {}}; }

#else

PictureFormat webp_format() {
  return {"WebP", begins, nullptr, nullptr,
          "this build does not read: build it with libwebp (package libwebp-dev), or convert it to "
          "PNG"};
}

#endif

}  // namespace varve::io
