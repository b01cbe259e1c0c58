/* The .npy files that balance writes beside its report. */
#ifndef DSI_BALANCE_FILES_H
#define DSI_BALANCE_FILES_H

#include "balance.h"
#include "scan_tool.h"

struct dsi_balance_outputs {
    int resample;        /* enum dsi_strategy; -1: none */
    uint64_t seed;       /* of the plan */
    const char *indices; /* int64: the plan */
    const char
        *sample_weights; /* float64, one a sample; 0 for a sample without a class */
    const char *class_weights; /* float32, in index order */
};

/* Writes what was asked for, after a scan with dsi_check_balance. The error's message
 * names the file. Indices and weights by sample scan the labels again and need one
 * group. */
DSI_CHECKED enum dsi_status
dsi_balance_write_files(struct dsi_tool_scan *scan,
                        const struct dsi_balance_outputs *outputs,
                        struct dsi_error *err);

#endif
