/* Pairs of 64-bit hashes that differ in few bits: all of them, found without comparing
 * each hash with each other.
 *
 * Multi-index hashing (Norouzi, Punjani and Fleet 2012): bits are cut into parts, and
 * each part has a radius, so that hashes which are further apart than its radius in
 * every part are further apart than the distance asked for. Pairs are looked for among
 * those that are near in a part. */
#ifndef DSI_NEAR_SEARCH_H
#define DSI_NEAR_SEARCH_H

#include "status.h"

enum { DSI_NEAR_MAX_DISTANCE = 32 };

/* How many bits differ. */
static inline unsigned dsi_hash_distance(uint64_t a, uint64_t b)
{
    return (unsigned)__builtin_popcountll(a ^ b);
}

/* Told each pair, a < b, once, in no order that means anything. */
struct dsi_near_sink {
    enum dsi_status (*pair)(void *context, size_t a, size_t b, struct dsi_error *err);
    void *context;
};

/* All pairs of n hashes that differ in at most distance bits, of which there are
 * DSI_NEAR_MAX_DISTANCE at most. Time grows with the number of pairs, so equal hashes
 * are better made one before. Takes 12 bytes a hash and 4 MiB or less. */
DSI_CHECKED enum dsi_status dsi_near_search(const uint64_t *hashes, size_t n,
                                            unsigned distance,
                                            struct dsi_near_sink sink,
                                            struct dsi_error *err);

#endif
