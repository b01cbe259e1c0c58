/* Wanted keys among those that were collected. */
#include "quantile_state.h"

enum { FEW = 32, STEP_BITS = 8, N_PARTS = 1 << STEP_BITS };

/* For keys of each size.
 *
 * Each step parts the keys by their next few bits, and goes on with the parts that
 * wants are in: there are few, for wants mostly are neighbours. No deeper than 8. A
 * part's keys are brought to the front without a jump to be guessed. */
#define DEFINE_SETTLE(type, suffix)                                                   \
    static void sort_##suffix(type *keys, uint64_t n)                                 \
    {                                                                                 \
        for (uint64_t i = 1; i < n; i++) {                                            \
            const type key = keys[i];                                                 \
            uint64_t at = i;                                                          \
            for (; at > 0 && keys[at - 1] > key; at--)                                \
                keys[at] = keys[at - 1];                                              \
            keys[at] = key;                                                           \
        }                                                                             \
    }                                                                                 \
                                                                                      \
    static void front_##suffix(type *keys, uint64_t n, unsigned shift, uint64_t mask, \
                               uint64_t part)                                         \
    {                                                                                 \
        uint64_t n_front = 0;                                                         \
        for (uint64_t i = 0; i < n; i++) {                                            \
            const type key = keys[i];                                                 \
            keys[i] = keys[n_front];                                                  \
            keys[n_front] = key;                                                      \
            n_front += ((uint64_t)key >> shift & mask) == part;                       \
        }                                                                             \
    }                                                                                 \
                                                                                      \
    static void settle_##suffix(type *keys, uint64_t n,                               \
                                const struct dsi_key_settling *settling)              \
    {                                                                                 \
        uint64_t counts[N_PARTS] = {0};                                               \
        struct dsi_quantile_want *wants = settling->wants;                            \
        const unsigned n_bits = settling->n_bits;                                     \
        if (n <= FEW || n_bits == 0) {                                                \
            sort_##suffix(keys, n_bits ? n : 0);                                      \
            for (size_t i = 0; i < settling->n_wants; i++) {                          \
                const uint64_t at = n_bits ? wants[i].rank - settling->below : 0;     \
                wants[i].is_known = true;                                             \
                wants[i].key = settling->first_key + keys[at];                        \
            }                                                                         \
            return;                                                                   \
        }                                                                             \
        struct dsi_key_settling inner = *settling;                                    \
        inner.n_bits = n_bits > STEP_BITS ? n_bits - STEP_BITS : 0;                   \
        const uint64_t mask = (UINT64_C(1) << (n_bits - inner.n_bits)) - 1;           \
        for (uint64_t i = 0; i < n; i++)                                              \
            counts[(uint64_t)keys[i] >> inner.n_bits & mask]++;                       \
        uint64_t part = 0;                                                            \
        for (size_t i = 0, end; i < settling->n_wants; i = end) {                     \
            for (; wants[i].rank - inner.below >= counts[part]; part++)               \
                inner.below += counts[part];                                          \
            for (end = i; end < settling->n_wants &&                                  \
                          wants[end].rank - inner.below < counts[part];               \
                 end++)                                                               \
                ;                                                                     \
            inner.wants = wants + i;                                                  \
            inner.n_wants = end - i;                                                  \
            front_##suffix(keys, n, inner.n_bits, mask, part);                        \
            settle_##suffix(keys, counts[part], &inner);                              \
        }                                                                             \
    }

DEFINE_SETTLE(uint16_t, 16)
DEFINE_SETTLE(uint32_t, 32)
DEFINE_SETTLE(uint64_t, 64)

void dsi_key_settle(const struct dsi_key_list *list, size_t size,
                    const struct dsi_key_settling *settling)
{
    if (size == 2)
        settle_16(list->keys, list->n, settling);
    else if (size == 4)
        settle_32(list->keys, list->n, settling);
    else
        settle_64(list->keys, list->n, settling);
}
