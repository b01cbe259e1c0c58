/* Pictures that tables name, by what they hold. */
#ifndef DSI_MANIFEST_CONTENT_H
#define DSI_MANIFEST_CONTENT_H

#include "dups.h"
#include "scan_tool.h"

/* Opens the pictures that the rows of the dataset's tables name, below root (NULL: the
 * table's own folder), and finds rows of the same content under different labels
 * (dup_conflict) or in different splits or tables (split_leak). A shard looks at all of
 * them. */
DSI_CHECKED enum dsi_status
dsi_manifest_content_check(struct dsi_tool_scan *scan, const char *root,
                           const struct dsi_dups_parameters *content,
                           struct dsi_error *err);

#endif
