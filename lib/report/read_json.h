/* What --format=json prints, read back: the report, and of check the reports of its
 * results.
 *
 * Nothing of the file is trusted: a file of a kind that is not known, of a newer major
 * version, or with anything else in a place where a value should be is
 * DSI_ERR_MALFORMED (DSI_ERR_UNSUPPORTED for the first two) with the line and column
 * or the place. Keys that are not known are let be, for the format may grow. Texts
 * become the bytes they were printed from. Whole numbers beyond int64_t become the
 * nearest double. */
#ifndef DSI_READ_JSON_H
#define DSI_READ_JSON_H

#include "report.h"

enum {
    DSI_STORED_DEPTH = 16,        /* of brackets in brackets; a check's are 8 */
    DSI_STORED_MOST_COLUMNS = 256 /* of rows, and entries of a summary */
};

/* One of the reports that a check was made from. */
struct dsi_stored_result {
    char *dataset; /* its name in the configuration of the check */
    struct dsi_report *report;
};

/* One file. All is owned. Zero-initialise. */
struct dsi_stored {
    struct dsi_report *report;
    struct dsi_stored_result *results; /* of check alone */
    size_t n_results;
};

/* Reads the n bytes of a file. On failure stored is empty. */
DSI_CHECKED enum dsi_status dsi_stored_read(struct dsi_stored *stored, const void *data,
                                            size_t n, struct dsi_error *err);
void dsi_stored_free(struct dsi_stored *stored);

#endif
