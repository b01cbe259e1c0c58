#include "philox.h"

__extension__ typedef unsigned __int128 uint128;

/* The constants of the paper's Philox-4x32: multipliers, and Weyl steps of the key. */
enum { ROUNDS = 10 };
static const uint32_t multiplier[2] = {0xD2511F53, 0xCD9E8D57};
static const uint32_t weyl[2] = {0x9E3779B9, 0xBB67AE85};

void dsi_philox_rounds(const uint32_t counter[4], const uint32_t key[2],
                       uint32_t out[4])
{
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k[2] = {key[0], key[1]};
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t a = (uint64_t)multiplier[0] * c[0], b = (uint64_t)multiplier[1] * c[2];
        uint32_t next[4] = {(uint32_t)(b >> 32) ^ c[1] ^ k[0], (uint32_t)b,
                            (uint32_t)(a >> 32) ^ c[3] ^ k[1], (uint32_t)a};
        for (int i = 0; i < 4; i++)
            c[i] = next[i];
        k[0] += weyl[0];
        k[1] += weyl[1];
    }
    for (int i = 0; i < 4; i++)
        out[i] = c[i];
}

struct dsi_philox dsi_philox_start(uint64_t seed, uint64_t stream)
{
    return (struct dsi_philox){.seed = seed, .stream = stream};
}

static uint32_t next_word(struct dsi_philox *philox)
{
    if (philox->n_left == 0) {
        const uint32_t counter[4] = {
            (uint32_t)philox->block, (uint32_t)(philox->block >> 32),
            (uint32_t)philox->stream, (uint32_t)(philox->stream >> 32)};
        const uint32_t key[2] = {(uint32_t)philox->seed,
                                 (uint32_t)(philox->seed >> 32)};
        dsi_philox_rounds(counter, key, philox->words);
        philox->block++;
        philox->n_left = 4;
    }
    return philox->words[4 - philox->n_left--];
}

uint64_t dsi_philox_next(struct dsi_philox *philox)
{
    uint64_t low = next_word(philox);
    return low | (uint64_t)next_word(philox) << 32;
}

uint64_t dsi_philox_below(struct dsi_philox *philox, uint64_t bound)
{
    uint128 product = (uint128)dsi_philox_next(philox) * bound;
    if ((uint64_t)product < bound) {
        uint64_t threshold = (0 - bound) % bound; /* 2^64 mod bound */
        while ((uint64_t)product < threshold)
            product = (uint128)dsi_philox_next(philox) * bound;
    }
    return (uint64_t)(product >> 64);
}

void dsi_philox_shuffle(struct dsi_philox *philox, uint64_t *items, uint64_t n,
                        uint64_t n_first)
{
    for (uint64_t i = 0; i < n_first && i + 1 < n; i++) {
        uint64_t j = i + dsi_philox_below(philox, n - i);
        uint64_t item = items[i];
        items[i] = items[j];
        items[j] = item;
    }
}
