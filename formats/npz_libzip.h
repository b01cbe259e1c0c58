/* libzip over a source, watched: a member's place in the archive shows only in where
 * libzip goes when the member is opened. */
#ifndef DSI_NPZ_LIBZIP_H
#define DSI_NPZ_LIBZIP_H

#include "source.h"

#include <zip.h>

struct dsi_libzip {
    zip_t *zip;
    struct dsi_source source; /* the archive, without what is before it */

    /* Private */
    uint64_t position;
    bool has_sought;
    uint64_t first_sought; /* since has_sought was last cleared */
    zip_error_t error;
    struct dsi_error reason; /* of a read that failed; DSI_OK: none */
};

/* Opens the archive that is n_bytes of source from start on; source is borrowed. libzip
 * keeps hold of z, which must stay where it is. On failure there is nothing to close.
 */
DSI_CHECKED enum dsi_status dsi_libzip_open(struct dsi_libzip *z,
                                            struct dsi_source *source, uint64_t start,
                                            uint64_t n_bytes, struct dsi_error *err);
void dsi_libzip_close(struct dsi_libzip *z);

/* Where the local header of a member stands, in z->source, says the central directory.
 */
DSI_CHECKED enum dsi_status dsi_libzip_find(struct dsi_libzip *z, uint64_t index,
                                            uint64_t *offset, struct dsi_error *err);

/* What libzip says of a call that failed, or what kept it from reading. */
enum dsi_status dsi_libzip_fail(struct dsi_libzip *z, struct dsi_error *err);

#endif
