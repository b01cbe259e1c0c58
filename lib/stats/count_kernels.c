#include "count_kernels.h"

#include <stdbool.h>

/* Why these constants. Four lanes hide the store-to-load latency (about five cycles for
 * one increment a cycle), and four tables of 1,000 classes are 16 KB, within any L1.
 * Eight lanes were slower for 65,536 classes and no faster for few. A tile of 64 values
 * is small enough that sorted labels are mostly made of constant tiles.
 *
 * The scan of a tile keeps 16 bytes' worth of partial results, the shape that gcc and
 * clang turn into vectors at -O2. An AVX2 build of the same code gained a fifth in
 * cache and next to nothing on a file, memory being slower than either: so there is no
 * ISA version. */

enum { VECTOR_BYTES = 16 };

#define DEFINE_COUNT(scope, name, type)                                                \
    struct name##_scan {                                                               \
        type any, differing; /* OR of the values; of their differences to the first */ \
    };                                                                                 \
                                                                                       \
    static inline struct name##_scan name##_scan_tile(const type *values)              \
    {                                                                                  \
        enum { WIDTH = VECTOR_BYTES / sizeof(type) };                                  \
        type any[WIDTH] = {0}, differing[WIDTH] = {0}, first = values[0];              \
        for (size_t i = 0; i < DSI_COUNT_TILE; i += WIDTH)                             \
            for (size_t k = 0; k < WIDTH; k++) {                                       \
                any[k] |= values[i + k];                                               \
                differing[k] |= values[i + k] ^ first;                                 \
            }                                                                          \
        struct name##_scan scan = {0};                                                 \
        for (size_t k = 0; k < WIDTH; k++) {                                           \
            scan.any |= any[k];                                                        \
            scan.differing |= differing[k];                                            \
        }                                                                              \
        return scan;                                                                   \
    }                                                                                  \
                                                                                       \
    static inline void name##_count_tile(const type *values, uint32_t *lanes,          \
                                         size_t range)                                 \
    {                                                                                  \
        uint32_t *a = lanes, *b = a + range, *c = b + range, *d = c + range;           \
        for (size_t i = 0; i < DSI_COUNT_TILE; i += 8) {                               \
            const type *v = values + i;                                                \
            a[v[0]]++, b[v[1]]++, c[v[2]]++, d[v[3]]++;                                \
            a[v[4]]++, b[v[5]]++, c[v[6]]++, d[v[7]]++;                                \
        }                                                                              \
    }                                                                                  \
                                                                                       \
    scope size_t name(const type *values, size_t n, uint64_t stop, uint32_t *lanes,    \
                      size_t range, uint64_t *seen)                                    \
    {                                                                                  \
        uint64_t any = 0;                                                              \
        size_t i = 0;                                                                  \
        bool stopped = false;                                                          \
        for (; i + DSI_COUNT_TILE <= n; i += DSI_COUNT_TILE) {                         \
            struct name##_scan scan = name##_scan_tile(values + i);                    \
            stopped = (scan.any & stop) != 0;                                          \
            if (stopped)                                                               \
                break;                                                                 \
            any |= scan.any;                                                           \
            if (scan.differing == 0)                                                   \
                lanes[values[i]] += DSI_COUNT_TILE;                                    \
            else                                                                       \
                name##_count_tile(values + i, lanes, range);                           \
        }                                                                              \
        for (; !stopped && i < n && !(values[i] & stop); i++) {                        \
            any |= values[i];                                                          \
            lanes[values[i]]++;                                                        \
        }                                                                              \
        *seen |= any;                                                                  \
        return i;                                                                      \
    }

DEFINE_COUNT(extern, dsi_count_u16, uint16_t)
DEFINE_COUNT(extern, dsi_count_u32, uint32_t)
DEFINE_COUNT(extern, dsi_count_u64, uint64_t)
DEFINE_COUNT(static, count_bytes, uint8_t)

void dsi_count_u8(const uint8_t *values, size_t n, uint64_t bins[256])
{
    while (n) {
        uint32_t lanes[DSI_COUNT_LANES * 256] = {0};
        uint64_t seen = 0;
        size_t part = n < DSI_COUNT_MAX ? n : DSI_COUNT_MAX;
        count_bytes(values, part, 0, lanes, 256, &seen);
        for (int i = 0; i < DSI_COUNT_LANES * 256; i++)
            bins[i % 256] += lanes[i];
        values += part;
        n -= part;
    }
}
