#pragma once

#include <cairo.h>

namespace varve::studio::pictures {

/// The typeface of all text, in one of its two weights. It is loaded once, at the first call, and
/// given back at the end of the process. Throws std::bad_alloc if there is no memory for it.
cairo_font_face_t* text_face(bool bold);

}  // namespace varve::studio::pictures
