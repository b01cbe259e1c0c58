/* The inner loops that count labels: many values, few different ones.
 *
 * A counter in memory can be raised once per store-to-load round trip, so a run of
 * equal labels would wait for itself. The counters therefore come in DSI_COUNT_LANES
 * tables, used in turn, and a tile in which all values are equal is counted in one
 * step. */
#ifndef DSI_COUNT_KERNELS_H
#define DSI_COUNT_KERNELS_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    DSI_COUNT_LANES = 4,
    DSI_COUNT_TILE = 64,
    DSI_COUNT_MAX = 1 << 30, /* values a call may be given: lanes hold 32 bits */
};

/* Count values into lanes, which holds DSI_COUNT_LANES tables of range counters one
 * after another; range is a power of two. Stop before the tile with the first value
 * that has a bit of stop set (in what is left after the last whole tile, before the
 * value), and return how many values were counted. stop must include every bit that is
 * not in range - 1; signed values are passed as unsigned, with their sign bit in stop.
 * *seen gains the bits of the values counted, so that none of them is above the next
 * power of two less one. */
size_t dsi_count_u16(const uint16_t *values, size_t n, uint64_t stop, uint32_t *lanes,
                     size_t range, uint64_t *seen);
size_t dsi_count_u32(const uint32_t *values, size_t n, uint64_t stop, uint32_t *lanes,
                     size_t range, uint64_t *seen);
size_t dsi_count_u64(const uint64_t *values, size_t n, uint64_t stop, uint32_t *lanes,
                     size_t range, uint64_t *seen);

/* Adds the histogram of n bytes to bins. */
void dsi_count_u8(const uint8_t *values, size_t n, uint64_t bins[256]);

/* Eight bytes, the first of them the lowest. */
static inline uint64_t dsi_load_eight(const uint8_t *values)
{
    uint64_t eight;
    memcpy(&eight, values, sizeof eight);
    return le64toh(eight);
}

#endif
