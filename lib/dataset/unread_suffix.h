/* Kinds of files that belong to datasets but are not read, known by their suffix: they
 * are counted, so that nothing is passed over in silence. */
#ifndef DSI_UNREAD_SUFFIX_H
#define DSI_UNREAD_SUFFIX_H

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

struct dsi_unread_counts {
    uint64_t n_pictures, n_files;
    uint32_t seen; /* bit i: the suffix of number i */
};

/* The number of the suffix of a name, in any case; -1 where it is none of these. */
int dsi_unread_suffix(const char *name);

/* Counts a name that has such a suffix. */
void dsi_unread_count(struct dsi_unread_counts *counts, const char *name);

/* Writes "3 pictures (.bmp .gif) and 1 file (.npz)" into text, which is cut to size. */
void dsi_unread_describe(const struct dsi_unread_counts *counts, char *text,
                         size_t size);

#endif
