/* Wanted keys among those that were collected. */
#include "quantile_state.h"

enum { FEW = 32, STEP_BITS = 8, N_PARTS = 1 << STEP_BITS };

static void sort_few(uint64_t *keys, uint64_t n)
{
    for (uint64_t i = 1; i < n; i++) {
        const uint64_t key = keys[i];
        uint64_t at = i;
        for (; at > 0 && keys[at - 1] > key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* Brings the keys of a part to the front; no jump to be guessed. */
static void bring_to_front(uint64_t *keys, uint64_t n, unsigned shift, uint64_t mask,
                           uint64_t part)
{
    uint64_t n_front = 0;
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t key = keys[i];
        keys[i] = keys[n_front];
        keys[n_front] = key;
        n_front += (key >> shift & mask) == part;
    }
}

/* Each step parts the keys by their next few bits, and goes on with the parts that
 * wants are in: there are few, for wants mostly are neighbours. No deeper than 8. */
void dsi_key_settle(uint64_t *keys, uint64_t n, uint64_t below, unsigned n_bits,
                    struct dsi_quantile_want *wants, size_t n_wants)
{
    uint64_t counts[N_PARTS] = {0};
    if (n <= FEW || n_bits == 0) {
        if (n_bits)
            sort_few(keys, n);
        for (size_t i = 0; i < n_wants; i++) {
            wants[i].is_known = true;
            wants[i].key = keys[n_bits ? wants[i].rank - below : 0];
        }
        return;
    }
    const unsigned shift = n_bits > STEP_BITS ? n_bits - STEP_BITS : 0;
    const uint64_t mask = (UINT64_C(1) << (n_bits - shift)) - 1;
    for (uint64_t i = 0; i < n; i++)
        counts[keys[i] >> shift & mask]++;
    uint64_t part = 0;
    for (size_t i = 0, end; i < n_wants; i = end) {
        for (; wants[i].rank - below >= counts[part]; part++)
            below += counts[part];
        for (end = i; end < n_wants && wants[end].rank - below < counts[part]; end++)
            ;
        bring_to_front(keys, n, shift, mask, part);
        dsi_key_settle(keys, counts[part], below, shift, wants + i, end - i);
    }
}
