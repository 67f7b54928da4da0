// Leaves the compressing half of four libraries out of the program, which only
// ever reads: each compressor of libsquashfs is one object file that names both
// halves, so that whole encoders come with it (half a megabyte of eight). These
// take their place in the shipped program alone, and say that it cannot be
// done. A name that is missing here brings its encoder back, no more.

#include <cstddef>
#include <cstdint>

extern "C" {

// zstd.h. libsquashfs makes a context for both halves.
struct ZSTD_CCtx_s {};
static ZSTD_CCtx_s no_context;
ZSTD_CCtx_s* ZSTD_createCCtx() { return &no_context; }
size_t ZSTD_freeCCtx(ZSTD_CCtx_s*) { return 0; }
int ZSTD_maxCLevel() { return 22; }
// -1: GENERIC, an error by ZSTD_isError().
size_t ZSTD_compressCCtx(ZSTD_CCtx_s*, void*, size_t, const void*, size_t,
                         int) {
  return static_cast<size_t>(-1);
}

// lz4hc.h; 0: it failed.
int LZ4_compress_HC(const char*, char*, int, int, int) { return 0; }

// lzma.h; 11: LZMA_PROG_ERROR.
int lzma_alone_encoder(void*, const void*) { return 11; }
int lzma_stream_buffer_encode(void*, int, const void*, const uint8_t*, size_t,
                              uint8_t*, size_t*, size_t) {
  return 11;
}

// zlib.h; -2: Z_STREAM_ERROR.
int deflateInit2_(void*, int, int, int, int, int, const char*, int) {
  return -2;
}
int deflate(void*, int) { return -2; }
int deflateReset(void*) { return -2; }
int deflateParams(void*, int, int) { return -2; }
int deflateEnd(void*) { return -2; }

}  // extern "C"
