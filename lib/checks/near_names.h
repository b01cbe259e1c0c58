/* Names of classes that are so close to each other that one of them may be a slip:
 * "Cat" and "cat", "hot dog" and "hot_dog", "tulip" and "tulp".
 *
 * One owner, no threads. The same names in the same order give the same pairs. */
#ifndef DSI_NEAR_NAMES_H
#define DSI_NEAR_NAMES_H

#include "status.h"

#include <stdint.h>

enum dsi_nearness {
    DSI_NEAR_CASE,  /* equal but for upper and lower case */
    DSI_NEAR_SPACE, /* and for blanks, hyphens and underscores */
    /* One character more, less or other, or two neighbours swapped, blanks and case
     * aside. No slip but a number: digits in names that both have digits. Short names
     * are close by chance: the shorter has three characters at least where one is more,
     * both have four where one is other. */
    DSI_NEAR_EDIT,
};

struct dsi_near_pair {
    size_t a, b; /* positions of the names, a < b */
    enum dsi_nearness how;
};

enum {
    DSI_NEAR_MAX_PAIRS = 10000,
    /* Characters of all names together, above which no edits are looked for (they take
     * 16 bytes each), and of one name. */
    DSI_NEAR_MAX_CHARACTERS = 4 << 20,
    DSI_NEAR_MAX_NAME = 255,
};

/* The pairs among n different names, by a and then b; of names that are equal but for
 * case and blanks, each with the first of them. At most DSI_NEAR_MAX_PAIRS. *pairs is
 * the caller's. */
DSI_CHECKED enum dsi_status dsi_near_names(const char *const *names, size_t n,
                                           struct dsi_near_pair **pairs,
                                           size_t *n_pairs, struct dsi_error *err);

#endif
