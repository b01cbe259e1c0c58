/* Zip archives in a temporary directory, as numpy.savez and numpy.savez_compressed make
 * them; made by libzip, so that the members look as another writer has them. */
#ifndef DSI_SCRATCH_ZIP_H
#define DSI_SCRATCH_ZIP_H

#include "scratch.h"

struct scratch_member {
    const char *name; /* in the archive */
    const char *path; /* of the file that is put into it */
    bool is_stored;   /* or deflated */
};

/* Returns the full path. */
const char *scratch_zip(struct scratch *scratch, const char *name,
                        const struct scratch_member *members, size_t n_members);

#endif
