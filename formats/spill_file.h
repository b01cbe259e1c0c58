/* A temporary file that has no name: what does not fit in memory goes there, and is
 * gone with the process whatever becomes of it. Written at its end, read anywhere. One
 * owner, no threads. */
#ifndef DSI_SPILL_FILE_H
#define DSI_SPILL_FILE_H

#include "status.h"

struct dsi_spill_file {
    int fd;
    uint64_t n_bytes;
    const char *folder; /* borrowed */
};

/* In the folder, which must allow it (DSI_ERR_WRITE). */
DSI_CHECKED enum dsi_status dsi_spill_open(struct dsi_spill_file *file,
                                           const char *folder, struct dsi_error *err);
void dsi_spill_close(struct dsi_spill_file *file);

/* DSI_ERR_WRITE with what to do where the folder is full. */
DSI_CHECKED enum dsi_status dsi_spill_append(struct dsi_spill_file *file,
                                             const void *data, size_t n,
                                             struct dsi_error *err);

/* Exactly n bytes from offset on, which have been written; else DSI_ERR_READ. */
DSI_CHECKED enum dsi_status dsi_spill_read(const struct dsi_spill_file *file,
                                           uint64_t offset, void *data, size_t n,
                                           struct dsi_error *err);

#endif
