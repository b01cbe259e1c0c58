/* dups: samples that are there more than once, within an input, across inputs and
 * across splits, and what that does to their labels.
 *
 * exact  the same dtype, shape and values (content_hash.h), whatever they are stored in
 * bytes  the same file, byte for byte; nothing is decoded (dsi_check_dup_files)
 * near   pictures whose perceptual hashes differ in few bits (picture_hash.h)
 *
 * A group is all samples of one content; of near ones, all that hang together by pairs
 * no further apart than the distance. Groups are in the order of their first members,
 * members in the order of the inputs. */
#ifndef DSI_DUPS_H
#define DSI_DUPS_H

#include "status.h"

enum dsi_dup_near { DSI_DUP_NO_NEAR, DSI_DUP_PHASH, DSI_DUP_DHASH };

struct dsi_dups_parameters {
    enum dsi_dup_near near;
    unsigned distance; /* near: so many bits may differ */
    bool has_one_look; /* bytes: there will be no second one */
    bool across;       /* groups that span inputs or splits alone */
    bool verify; /* exact, bytes: compares the members of groups once more by what they
                    hold; takes a dataset that is open, and can be read again */
    bool omit_first;   /* rows of all but each group's first member */
    uint64_t max_rows; /* listed; the rest is counted */
    uint64_t max_memory;
    unsigned n_workers; /* that share it; at least 1 */
    const char *folder; /* of temporary files */
};

extern const struct dsi_dups_parameters dsi_dups_defaults;

#endif
