/* Undoing HDF5's filter 2, which stores the first bytes of all elements, then all the
 * second bytes, and so on: bytes that are alike compress better side by side. */
#ifndef DSI_SHUFFLE_H
#define DSI_SHUFFLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Puts n bytes of in back together as elements of element_bytes (at least 1) in out,
 * which does not overlap it. The n % element_bytes at the end were not shuffled.
 * Nothing outside the n bytes is read or written; nothing need be aligned. */
void dsi_unshuffle(size_t element_bytes, const uint8_t *in, size_t n, uint8_t *out);

/* The ways to do it that are compiled in, slowest first, for tests and measurements;
 * dsi_unshuffle takes the last that works here. The first is portable. */
struct dsi_unshuffle_way {
    const char *name;
    bool (*works_here)(void);
    void (*run)(size_t element_bytes, const uint8_t *in, size_t n, uint8_t *out);
};

extern const struct dsi_unshuffle_way dsi_unshuffle_ways[];
extern const size_t dsi_n_unshuffle_ways;

#endif
