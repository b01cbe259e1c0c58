/* Philox4x32-10, a counter-based random generator: Salmon, Moraes, Dror and Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3", SC 2011. The same numbers on every
 * platform; a stream is picked by (seed, stream) and costs nothing to start. One owner,
 * no threads. */
#ifndef DSI_PHILOX_H
#define DSI_PHILOX_H

#include "status.h"

/* The bijection itself: 10 rounds of counter under key. */
void dsi_philox_rounds(const uint32_t counter[4], const uint32_t key[2],
                       uint32_t out[4]);

struct dsi_philox {
    uint64_t seed, stream, block;
    uint32_t words[4];
    int n_left; /* of words */
};

struct dsi_philox dsi_philox_start(uint64_t seed, uint64_t stream);
uint64_t dsi_philox_next(struct dsi_philox *philox); /* 64 random bits */

/* Uniform in [0, bound), without bias: Lemire, "Fast random integer generation in an
 * interval", TOMACS 2019. bound > 0. */
uint64_t dsi_philox_below(struct dsi_philox *philox, uint64_t bound);

/* Fisher-Yates: the first n_first of n items become a random choice in random order;
 * with n_first = n it is a shuffle of all. */
void dsi_philox_shuffle(struct dsi_philox *philox, uint64_t *items, uint64_t n,
                        uint64_t n_first);

#endif
