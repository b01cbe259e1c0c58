/* What an earlier scan found, kept in a folder, so that files which have not changed
 * are not read again.
 *
 * A file is known by its path and its place in the dataset (group, class, number), its
 * size, inode, and times of change; what was found, by the checks and all that shapes
 * them (the key). Of datasets whose samples are files, the states of each file are kept
 * (segments of DSI_CACHE_SEGMENT files, with their merged states); of all datasets, the
 * states of the whole. States merge exactly, so the result is that of a full scan, byte
 * for byte. A file that changed less than two seconds before the scan began might
 * change once more within the same tick, and is not kept.
 *
 * What cannot be read from the folder, or is damaged, is as if it were not there. Files
 * appear whole or not at all; several scans may use a folder at a time. */
#ifndef DSI_CACHE_H
#define DSI_CACHE_H

#include "scan.h"

enum { DSI_CACHE_SEGMENT = 512, DSI_CACHE_KEY_SIZE = 16 };

struct dsi_cache_options {
    const char *folder; /* made where it is not there */
    const uint8_t *key; /* DSI_CACHE_KEY_SIZE bytes: the checks, and what shapes them */
    int64_t now;        /* seconds since 1970, when the dataset was opened */
    unsigned n_threads; /* 0: all */
};

struct dsi_cache;

/* Looks up the files of the dataset for runs, which must be fresh. *is_whole: nothing
 * has changed, and the runs are what they were at the end. *cache is NULL where this
 * dataset cannot be kept: it is read from a stream, or leads to files nobody named. */
DSI_CHECKED enum dsi_status dsi_cache_open(struct dsi_cache **cache,
                                           const struct dsi_cache_options *options,
                                           const struct dsi_dataset *dataset,
                                           struct dsi_check_run *runs, size_t n_runs,
                                           bool *is_whole, struct dsi_error *err);

/* For the first pass, unless is_whole: folds what is known into the runs, and has the
 * options leave it out of the scan and keep the rest. */
DSI_CHECKED enum dsi_status dsi_cache_begin(struct dsi_cache *cache,
                                            struct dsi_scan_options *options,
                                            struct dsi_error *err);

/* After the last pass, unless is_whole: keeps the states of the whole. */
DSI_CHECKED enum dsi_status dsi_cache_end(struct dsi_cache *cache,
                                          struct dsi_error *err);

/* Why something could not be kept, which is no reason to fail: the first of them; NULL.
 */
const char *dsi_cache_failure(const struct dsi_cache *cache);

void dsi_cache_close(struct dsi_cache *cache);

#endif
