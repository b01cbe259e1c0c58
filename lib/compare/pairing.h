/* Which array of one side is compared with which of the other. */
#ifndef DSI_PAIRING_H
#define DSI_PAIRING_H

#include "side.h"

/* Either may be NULL: the other side has none of that name. */
struct dsi_pair {
    const struct dsi_side_array *a, *b;
};

struct dsi_pairs {
    struct dsi_pair *pairs; /* by name */
    size_t n;
};

/* Names of A and what they are called in B. */
struct dsi_name_map {
    const char *const *from, *const *to;
    size_t n;
};

/* Arrays of the same name are pairs, after the map; of what is left, those of the same
 * key that no other has on its side; and where each input is one array, these two. The
 * sides must live as long. The caller frees the pairs, also on failure. */
DSI_CHECKED enum dsi_status dsi_pairs_make(struct dsi_pairs *pairs,
                                           const struct dsi_side *a,
                                           const struct dsi_side *b,
                                           const struct dsi_name_map *map,
                                           struct dsi_error *err);
void dsi_pairs_free(struct dsi_pairs *pairs);

/* What the pair is called: as A has it, else as B has it; an input that is one array
 * goes by its path. */
const char *dsi_pair_name(const struct dsi_pair *pair);

#endif
