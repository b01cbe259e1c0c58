/* The files of a cache, as bytes. For cache*.c only. */
#ifndef DSI_CACHE_FILE_H
#define DSI_CACHE_FILE_H

#include "cache.h"

enum { DSI_CACHE_ID_SIZE = 16 };

struct dsi_cache_id {
    uint8_t bytes[DSI_CACHE_ID_SIZE]; /* all 0: a file that is not kept */
};

bool dsi_cache_id_is_known(const struct dsi_cache_id *id);

/* All the states of runs, each behind its length. */
DSI_CHECKED enum dsi_status dsi_cache_save_states(const struct dsi_check_run *runs,
                                                  size_t n_runs, struct dsi_bytes *out,
                                                  struct dsi_error *err);
/* Loads them into fresh runs and merges these into runs. DSI_ERR_MEMORY
 * may leave some merged; every other failure leaves all as it was. */
DSI_CHECKED enum dsi_status dsi_cache_merge_states(const void *bytes, size_t n,
                                                   struct dsi_check_run *runs,
                                                   size_t n_runs,
                                                   struct dsi_error *err);

/* A fresh set of the same checks; NULL with err. */
struct dsi_check_run *dsi_cache_fresh_runs(const struct dsi_check_run *runs,
                                           size_t n_runs, struct dsi_error *err);
void dsi_cache_free_runs(struct dsi_check_run *runs, size_t n_runs);

/* A segment that is kept: the ids and where the states of each file lie, then the
 * merged states, then those of the files. */
struct dsi_cache_segment {
    struct dsi_bytes head; /* as read: ids, offsets, merged states */
    size_t n_files;
    const struct dsi_cache_id *ids;
    const uint8_t *merged;
    size_t n_merged;
    uint64_t *offsets; /* n_files + 1, from the start of the file */
    int fd;            /* -1: none is kept */
};

/* False: there is none, or none that is sound. */
DSI_CHECKED bool dsi_cache_segment_open(struct dsi_cache_segment *segment,
                                        const char *path);
/* The states of file i, in place of what bytes holds. False: they are not sound. */
DSI_CHECKED bool dsi_cache_segment_file(const struct dsi_cache_segment *segment,
                                        size_t i, struct dsi_bytes *bytes);
void dsi_cache_segment_close(struct dsi_cache_segment *segment);

/* Makes the bytes of a segment; states[i] are those of file i, empty where there are
 * none. */
DSI_CHECKED enum dsi_status
dsi_cache_segment_pack(const struct dsi_cache_id *ids, const struct dsi_bytes *states,
                       size_t n_files, const struct dsi_bytes *merged,
                       struct dsi_bytes *out, struct dsi_error *err);

/* Reads a whole file into bytes, and checks the sum at its end. False: not there, or
 * not sound. */
DSI_CHECKED bool dsi_cache_read(const char *path, struct dsi_bytes *bytes);
/* Appends the sum. */
DSI_CHECKED enum dsi_status dsi_cache_seal(struct dsi_bytes *bytes, size_t from,
                                           struct dsi_error *err);
/* Whole or not at all; a later loss is found by the sum. */
DSI_CHECKED enum dsi_status
dsi_cache_write(const char *path, const struct dsi_bytes *bytes, struct dsi_error *err);

#endif
