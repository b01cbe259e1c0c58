/* The links of one group, and a set of the objects that were met already. */
#ifndef DSI_HELPER_LINKS_H
#define DSI_HELPER_LINKS_H

#include "bytes.h"

#include <hdf5.h>

struct dsi_link {
    H5L_type_t type;
    haddr_t address; /* what a hard link leads to, in the group's file */
    size_t name;     /* where it starts in text */
};

struct dsi_links {
    struct dsi_link *items; /* by name, bytewise */
    size_t n, capacity;
    struct dsi_bytes text; /* the names, each with a NUL after it */
};

/* Takes the links of a group, all but the soft ones: what these lead to in the same
 * file is found through the others. A group that cannot be read to its end is
 * DSI_ERR_MALFORMED, with what was read in links all the same. */
DSI_CHECKED enum dsi_status dsi_links_read(struct dsi_links *links, hid_t group,
                                           struct dsi_error *err);
const char *dsi_link_name(const struct dsi_links *links, size_t i);
void dsi_links_free(struct dsi_links *links);

/* Numbers other than 0. Zero-initialise. */
struct dsi_number_set {
    uint64_t *slots; /* 0: free */
    size_t n, n_slots;
};

/* *is_new: it was not in yet. */
DSI_CHECKED enum dsi_status dsi_number_set_add(struct dsi_number_set *set,
                                               uint64_t number, bool *is_new,
                                               struct dsi_error *err);
void dsi_number_set_free(struct dsi_number_set *set);

#endif
