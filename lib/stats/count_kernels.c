#include "count_kernels.h"

#include <stdbool.h>

/* Why these constants. Four lanes hide the store-to-load latency (about five cycles for
 * one increment a cycle), and four tables of 1,000 classes are 16 KB, within any L1.
 * Eight lanes were slower for 65,536 classes and no faster for few.
 *
 * A tile is counted and checked in one pass over its values: their index is masked, so
 * that a value out of range cannot write out of bounds, and a tile that had one is
 * taken back. A pass of its own for the check cost a third of the time.
 *
 * A tile that may be constant (three of its values agree) is tested for it, and then
 * counted in one step: masks and sorted labels are mostly made of such tiles. The test
 * keeps 16 bytes' worth of partial results, the shape that gcc and clang turn into
 * vectors at -O2. */

enum { VECTOR_BYTES = 16 };

#define DEFINE_COUNT(scope, name, type)                                               \
    static inline bool name##_is_constant(const type *values)                         \
    {                                                                                 \
        enum { WIDTH = VECTOR_BYTES / sizeof(type) };                                 \
        type differing[WIDTH] = {0}, all = 0, first = values[0];                      \
        if (values[DSI_COUNT_TILE / 2] != first ||                                    \
            values[DSI_COUNT_TILE - 1] != first)                                      \
            return false;                                                             \
        for (size_t i = 0; i < DSI_COUNT_TILE; i += WIDTH)                            \
            for (size_t k = 0; k < WIDTH; k++)                                        \
                differing[k] |= values[i + k] ^ first;                                \
        for (size_t k = 0; k < WIDTH; k++)                                            \
            all |= differing[k];                                                      \
        return all == 0;                                                              \
    }                                                                                 \
                                                                                      \
    /* Adds step for each value of a tile; returns the OR of the values. */           \
    static inline type name##_tile(const type *values, uint32_t *lanes, size_t range, \
                                   uint32_t step)                                     \
    {                                                                                 \
        uint32_t *a = lanes, *b = a + range, *c = b + range, *d = c + range;          \
        size_t mask = range - 1;                                                      \
        type any = 0;                                                                 \
        for (size_t i = 0; i < DSI_COUNT_TILE; i += 4) {                              \
            type w = values[i], x = values[i + 1], y = values[i + 2],                 \
                 z = values[i + 3];                                                   \
            any = (type)(any | w | x | y | z);                                        \
            a[w & mask] += step;                                                      \
            b[x & mask] += step;                                                      \
            c[y & mask] += step;                                                      \
            d[z & mask] += step;                                                      \
        }                                                                             \
        return any;                                                                   \
    }                                                                                 \
                                                                                      \
    scope size_t name(const type *values, size_t n, uint64_t stop, uint32_t *lanes,   \
                      size_t range, uint64_t *seen)                                   \
    {                                                                                 \
        uint64_t any = 0;                                                             \
        size_t i = 0;                                                                 \
        bool stopped = false;                                                         \
        for (; i + DSI_COUNT_TILE <= n; i += DSI_COUNT_TILE) {                        \
            if (name##_is_constant(values + i) && !(values[i] & stop)) {              \
                lanes[values[i]] += DSI_COUNT_TILE;                                   \
                any |= values[i];                                                     \
                continue;                                                             \
            }                                                                         \
            type tile = name##_tile(values + i, lanes, range, 1);                     \
            stopped = (tile & stop) != 0;                                             \
            if (stopped) {                                                            \
                name##_tile(values + i, lanes, range, UINT32_MAX);                    \
                break;                                                                \
            }                                                                         \
            any |= tile;                                                              \
        }                                                                             \
        for (; !stopped && i < n && !(values[i] & stop); i++) {                       \
            any |= values[i];                                                         \
            lanes[values[i]]++;                                                       \
        }                                                                             \
        *seen |= any;                                                                 \
        return i;                                                                     \
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
