#include "apps/studio/pictures/fonts.h"

#include <cairo-ft.h>
#include <fontconfig/fontconfig.h>

#include <array>
#include <memory>
#include <new>
#include <string>

#include "apps/studio/pictures/cairo.h"

namespace varve::studio::pictures {
namespace {

struct DestroyFace {
  void operator()(cairo_font_face_t* face) const { cairo_font_face_destroy(face); }
};
using Face = std::unique_ptr<cairo_font_face_t, DestroyFace>;

/// FreeType, by which the files of a typeface are opened.
class FreeType {
 public:
  FreeType() {
    if (FT_Init_FreeType(&library_) != 0) throw std::bad_alloc();
  }
  ~FreeType() { FT_Done_FreeType(library_); }
  FreeType(const FreeType&) = delete;
  FreeType& operator=(const FreeType&) = delete;

  /// Nothing if the file cannot be opened.
  Face open(const std::string& path) const {
    FT_Face file = nullptr;
    if (const FT_Error error = FT_New_Face(library_, path.c_str(), 0, &file); error != 0) {
      if (error == FT_Err_Out_Of_Memory) throw std::bad_alloc();
      return nullptr;
    }
    Face face(cairo_ft_font_face_create_for_ft_face(file, 0));
    static const cairo_user_data_key_t key{};
    const auto close = [](void* opened) { FT_Done_Face(static_cast<FT_Face>(opened)); };
    if (cairo_font_face_set_user_data(face.get(), &key, file, close) != CAIRO_STATUS_SUCCESS) {
      close(file);
      throw std::bad_alloc();
    }
    return face;
  }

 private:
  FT_Library library_ = nullptr;
};

/// Fontconfig would load its configuration on first use, again and again for ever if there is no
/// memory for it.
class Fontconfig {
 public:
  Fontconfig() {
    FcConfig* config = FcInitLoadConfigAndFonts();
    const bool loaded = config != nullptr && FcConfigSetCurrent(config) == FcTrue;
    if (config != nullptr) FcConfigDestroy(config);  // it is counted, and held as the current one
    if (!loaded) throw std::bad_alloc();
  }
  ~Fontconfig() { FcFini(); }
  Fontconfig(const Fontconfig&) = delete;
  Fontconfig& operator=(const Fontconfig&) = delete;
};

/// The typeface that was there at build time, straight from its files. Where it is gone, Fontconfig
/// chooses: it is slower, and crashes in itself where memory is short for a moment.
class Typeface {
 public:
  Typeface() {
    const std::string folder = VARVE_FONTS;
    faces_ = {library_.open(folder + "/DejaVuSans.ttf"),
              library_.open(folder + "/DejaVuSans-Bold.ttf")};
    if (faces_[0] != nullptr && faces_[1] != nullptr) return;
    fontconfig_ = std::make_unique<Fontconfig>();
    faces_ = {chosen(CAIRO_FONT_WEIGHT_NORMAL), chosen(CAIRO_FONT_WEIGHT_BOLD)};
  }
  ~Typeface() {
    faces_ = {};
    cairo_debug_reset_static_data();  // what Cairo keeps for the next text
  }
  Typeface(const Typeface&) = delete;
  Typeface& operator=(const Typeface&) = delete;

  cairo_font_face_t* face(bool bold) const { return faces_[bold ? 1 : 0].get(); }

 private:
  static Face chosen(cairo_font_weight_t weight) {
    Face face(cairo_toy_font_face_create("sans-serif", CAIRO_FONT_SLANT_NORMAL, weight));
    require_success(cairo_font_face_status(face.get()));
    return face;
  }

  FreeType library_;
  std::unique_ptr<Fontconfig> fontconfig_;
  std::array<Face, 2> faces_;
};

}  // namespace

cairo_font_face_t* text_face(bool bold) {
  static const Typeface typeface;
  return typeface.face(bold);
}

}  // namespace varve::studio::pictures
