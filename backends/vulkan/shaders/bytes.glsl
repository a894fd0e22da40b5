// Bytes in a buffer of `Byte`: as such with -DINT8, for devices with 8-bit storage, else as parts
// of words. What lies beside a stored byte stays, whoever writes it at the same time. A buffer that
// is only stored to is declared BYTES_OUT.
#ifdef INT8
#extension GL_EXT_shader_8bit_storage : require
#define Byte uint8_t
#define BYTES_OUT writeonly
#define LOAD_BYTE(from, place) uint(from[place])
#define STORE_BYTE(to, place, value) to[place] = uint8_t(value);
#else
#define Byte uint
#define BYTES_OUT
#define LOAD_BYTE(from, place) ((from[(place) >> 2] >> (((place) & 3u) * 8u)) & 255u)
#define STORE_BYTE(to, place, value)                                 \
  {                                                                  \
    const uint shift_ = ((place) & 3u) * 8u;                         \
    atomicAnd(to[(place) >> 2], ~(255u << shift_));                  \
    atomicOr(to[(place) >> 2], ((value) & 255u) << shift_);          \
  }
#endif
