#pragma once

#include <cairo.h>

#include <memory>
#include <new>

/// Cairo's objects, given back at the end of their scopes, and its errors.
namespace varve::studio::pictures {

struct DestroySurface {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
using Surface = std::unique_ptr<cairo_surface_t, DestroySurface>;

struct DestroyContext {
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};
using Context = std::unique_ptr<cairo_t, DestroyContext>;

/// Cairo keeps its errors; of a surface in memory there is one: no memory.
inline void require_success(cairo_status_t status) {
  if (status != CAIRO_STATUS_SUCCESS) throw std::bad_alloc();
}

}  // namespace varve::studio::pictures
