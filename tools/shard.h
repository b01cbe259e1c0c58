/* --shard=I/N --partial=FILE: scan a part, and keep what it found for merge. Where one
 * look is not enough, merge --next=FILE ends a round of shards, and --pass=FILE begins
 * the next. */
#ifndef DSI_SHARD_H
#define DSI_SHARD_H

#include "common.h"
#include "partial.h"
#include "scan_tool.h"

/* "I/N", 1 <= I <= N <= DSI_MAX_SHARDS; {0} where --shard is not given. */
DSI_CHECKED enum dsi_status dsi_shard_of(const struct dsi_common *common,
                                         struct dsi_shard *shard,
                                         struct dsi_error *err);

/* DSI_ERR_USAGE when one of the options lacks another, or comes with options that are
 * about the report. */
DSI_CHECKED enum dsi_status dsi_shard_check(const struct dsi_common *common,
                                            struct dsi_error *err);

/* DSI_ERR_USAGE when the tool's own options, bound, name a file to write. */
DSI_CHECKED enum dsi_status dsi_shard_check_outputs(const struct dsi_option *own,
                                                    struct dsi_error *err);

/* DSI_ERR_USAGE when the call cannot be cut into shards: it reads a stream, or
 * writes files. */
DSI_CHECKED enum dsi_status dsi_shard_check_scan(const struct dsi_tool_scan *scan,
                                                 struct dsi_error *err);

/* Brings the states of scan->runs, just made, to where --pass has them, and keeps the
 * file in scan->pass; without --pass, leaves all as it is. DSI_ERR_USAGE when the file
 * is of another scan. */
DSI_CHECKED enum dsi_status dsi_shard_begin(struct dsi_tool_scan *scan,
                                            struct dsi_error *err);

/* Writes the partial file after the scan and before any finish, whole or not at all.
 * The error's message names the file. */
DSI_CHECKED enum dsi_status dsi_shard_write(const struct dsi_tool_scan *scan,
                                            struct dsi_error *err);

/* Writes --next of merge, once the states of the shards are merged and planned, and
 * says on stderr how to go on. The error's message names the file. */
DSI_CHECKED enum dsi_status dsi_shard_write_next(const struct dsi_tool_scan *scan,
                                                 struct dsi_error *err);

/* The call as words, with the hashes of the files that its options name. The caller
 * frees call, also on failure. */
DSI_CHECKED enum dsi_status dsi_shard_call(const struct dsi_tool_call *from,
                                           struct dsi_partial_call *call,
                                           struct dsi_error *err);

/* The path that an option of the tool's own gives, where that file is read again when
 * shards are merged; NULL for all other options. */
const char *dsi_shard_read_again(const struct dsi_option *option);

#endif
