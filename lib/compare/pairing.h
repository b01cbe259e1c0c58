/* Which array of one side is compared with which of the other. */
#ifndef DSI_PAIRING_H
#define DSI_PAIRING_H

#include "side.h"

/* Either may be NULL: the other side has none of that name. */
struct dsi_pair {
    const struct dsi_side_array *a, *b;
    const struct dsi_pair_rule *rule; /* of its own, see pair_rules.h; NULL: none */
};

struct dsi_pairs {
    struct dsi_pair *pairs; /* by name */
    size_t n;
    size_t n_ignored; /* dropped by dsi_pair_rules_apply */
};

/* A name in A and what it is called in B: as the side has it, or its key where no other
 * has the same. Borrowed. */
struct dsi_mapped_name {
    const char *a, *b;
    bool is_in_a, is_in_b; /* filled by dsi_pairs_make */
};

/* Each name once. */
struct dsi_name_map {
    struct dsi_mapped_name *names;
    size_t n;
};

/* What the map (NULL: none) names is a pair, and a name that stands in it is looked for
 * nowhere else: without its fellow it is alone. Of what is left, arrays of the same
 * name are pairs; then those of the same key that no other has on its side; and where
 * each input is one array, these two and what attributes they have. The sides must live
 * as long. The caller frees the pairs, also on failure. */
DSI_CHECKED enum dsi_status dsi_pairs_make(struct dsi_pairs *pairs,
                                           const struct dsi_side *a,
                                           const struct dsi_side *b,
                                           struct dsi_name_map *map,
                                           struct dsi_error *err);
void dsi_pairs_free(struct dsi_pairs *pairs);

/* What the pair is called: as A has it, else as B has it; an input that is one array
 * goes by its path. */
const char *dsi_pair_name(const struct dsi_pair *pair);

#endif
