/* A temporary directory of a test's own, and files in it. Everything here fails the
 * test when it cannot be done. Names are paths below the directory; the folders on the
 * way are made. */
#ifndef DSI_SCRATCH_H
#define DSI_SCRATCH_H

#include "bytes.h"

struct scratch {
    char root[64];
    struct scratch_text *texts;
};

void scratch_make(struct scratch *scratch);
void scratch_remove(struct scratch *scratch); /* and all that is in it */

/* The full path of name; lives as long as the directory does. */
const char *scratch_path(struct scratch *scratch, const char *name);

/* Each returns the full path. */
const char *scratch_folder(struct scratch *scratch, const char *name);
const char *scratch_link(struct scratch *scratch, const char *name, const char *to);
const char *scratch_write(struct scratch *scratch, const char *name, const void *data,
                          size_t n);

/* Version 1.0. descr is as it stands in the header, with its quotes or brackets; shape
 * is "(3,)". */
const char *scratch_npy(struct scratch *scratch, const char *name, const char *descr,
                        bool fortran, const char *shape, const void *data, size_t n);

/* An 8-bit grey picture. */
const char *scratch_png(struct scratch *scratch, const char *name, uint32_t width,
                        uint32_t height, const uint8_t *pixels);

/* data, compressed into one gzip member. */
const char *scratch_gzip(struct scratch *scratch, const char *name, const void *data,
                         size_t n);

/* The whole of a file; the caller frees bytes. */
void scratch_read(const char *path, struct dsi_bytes *bytes);

#endif
