/* Partial files: the states of one shard of a scan, to be merged with those of the
 * other shards where the data itself need not be.
 *
 * All shards of a scan share their head: the tool and its options, what was asked, the
 * skeleton of the dataset, the findings of opening it, and a fingerprint of how it is
 * cut into blocks. Numbers are little-endian and states canonical, so the same shard is
 * the same bytes, whatever the number of threads. Nothing here keeps a state of its
 * own: any thread.
 *
 * Checks that look more than once (check.h) make rounds of it, one a pass: the states
 * of a round's shards are merged and planned, and kept in a pass file, which every
 * shard of the next round begins with. A pass file is a partial file of no shard. */
#ifndef DSI_PARTIAL_H
#define DSI_PARTIAL_H

#include "scan.h"

enum {
    DSI_PARTIAL_VERSION = 6, /* of the format, states included */
    DSI_PARTIAL_HASH_SIZE = 16,
    DSI_MAX_SHARDS = 65536,
    DSI_MAX_ROUNDS = 1000,
};

/* A file that an option of the tool's own names, and that is read again when shards are
 * merged: it must be the same then. */
struct dsi_partial_file {
    char *option; /* without dashes */
    uint8_t hash[DSI_PARTIAL_HASH_SIZE];
};

/* The call of a tool: its name, then its own options as words that parse to what it
 * was given. Data-affecting common options are known by the report's parameters. */
struct dsi_partial_call {
    char **words; /* words[0]: the tool */
    size_t n_words;
    struct dsi_partial_file *files;
    size_t n_files;
};

void dsi_partial_call_free(struct dsi_partial_call *call);

/* What a shard is made of, beside its states. */
struct dsi_partial_source {
    const struct dsi_partial_call *call;
    const struct dsi_report *report; /* with the findings of opening, and no others */
    const struct dsi_dataset *dataset;
    struct dsi_shard shard;         /* n at least 1 */
    const struct dsi_partial *pass; /* what its round began with; NULL in the first */
};

/* Appends the file of a shard whose blocks have been folded into runs. Of checks that
 * were done before its round, the first shard alone keeps the states. */
DSI_CHECKED enum dsi_status dsi_partial_save(const struct dsi_partial_source *source,
                                             const struct dsi_check_run *runs,
                                             size_t n_runs, struct dsi_bytes *out,
                                             struct dsi_error *err);

/* A partial file in memory; all of it points into the bytes it was parsed from. */
struct dsi_partial {
    struct dsi_shard shard; /* {0, 0} of a pass file */
    uint64_t round;         /* from 1; of a pass file the one it begins */
    uint8_t checksum[DSI_PARTIAL_HASH_SIZE];
    /* pass: the checksum of the pass file that its shards, or of a pass file those it
     * was made from, began with; empty: none. */
    struct dsi_bytes_reader head, tool, pass, call, question, data, states;
};

static inline bool dsi_partial_is_pass(const struct dsi_partial *partial)
{
    return partial->shard.n == 0;
}

/* Takes bytes apart that come from anywhere: DSI_ERR_UNKNOWN_FORMAT for what is no
 * partial file, DSI_ERR_TRUNCATED, DSI_ERR_CRC when its checksum does not match,
 * DSI_ERR_UNSUPPORTED for a version of the format or of the program that this one does
 * not read, DSI_ERR_MALFORMED. */
DSI_CHECKED enum dsi_status dsi_partial_parse(struct dsi_partial *partial,
                                              const void *bytes, size_t n,
                                              struct dsi_error *err);

/* DSI_OK when both are shards of one round of one scan; else DSI_ERR_USAGE with what
 * tells b from a, as in "of another tool: info, not balance". */
DSI_CHECKED enum dsi_status dsi_partial_compare(const struct dsi_partial *a,
                                                const struct dsi_partial *b,
                                                struct dsi_error *err);

/* The same of two scans, whatever the round, the number of shards and the states. */
DSI_CHECKED enum dsi_status dsi_partial_compare_scans(const struct dsi_partial *a,
                                                      const struct dsi_partial *b,
                                                      struct dsi_error *err);

/* The caller frees call, also on failure. */
DSI_CHECKED enum dsi_status dsi_partial_load_call(const struct dsi_partial *partial,
                                                  struct dsi_partial_call *call,
                                                  struct dsi_error *err);

/* The dataset's skeleton, and into the report what was asked and found on opening. On
 * failure there is no dataset to close. */
DSI_CHECKED enum dsi_status dsi_partial_load_dataset(const struct dsi_partial *partial,
                                                     struct dsi_dataset *dataset,
                                                     struct dsi_report *report,
                                                     struct dsi_error *err);

/* Merges the saved states into those of runs, which were made for that dataset, with
 * the same checks in the same order as when they were saved. In later rounds than the
 * first the runs take over from the first file what pass they are at, and which checks
 * are done. */
DSI_CHECKED enum dsi_status dsi_partial_merge(const struct dsi_partial *partial,
                                              const struct dsi_dataset *dataset,
                                              struct dsi_check_run *runs, size_t n_runs,
                                              struct dsi_error *err);

/* What partial files are sealed and known by: XXH3 of 128 bits, big-endian. */
void dsi_partial_checksum(const uint8_t *bytes, size_t n,
                          uint8_t checksum[DSI_PARTIAL_HASH_SIZE]);

/* --- rounds ----------------------------------------------------------------------- */

/* Appends the pass file of the round after that of `of`, one of the shards whose states
 * have been merged into runs and planned. The same bytes for any number of shards. */
DSI_CHECKED enum dsi_status dsi_partial_save_pass(const struct dsi_partial *of,
                                                  const struct dsi_check_run *runs,
                                                  size_t n_runs, struct dsi_bytes *out,
                                                  struct dsi_error *err);

/* DSI_OK when the pass file belongs to the scan that source is to be a shard of; else
 * as dsi_partial_compare, with what tells the pass file from it. */
DSI_CHECKED enum dsi_status dsi_partial_check_pass(
    const struct dsi_partial *pass, const struct dsi_partial_source *source,
    const struct dsi_check_run *runs, size_t n_runs, struct dsi_error *err);

/* Brings runs, just made for the dataset, to where a pass file has them: nothing folded
 * of the pass, and checks that need no more looks done. */
DSI_CHECKED enum dsi_status dsi_partial_begin_pass(const struct dsi_partial *pass,
                                                   struct dsi_check_run *runs,
                                                   size_t n_runs,
                                                   struct dsi_error *err);

/* Writes length and checksum of n bytes that are laid out as a partial file; of fewer
 * than the smallest such file, does nothing. */
void dsi_partial_seal(uint8_t *bytes, size_t n);

/* --- files ------------------------------------------------------------------------ */

/* Reads the whole of a regular file that starts like a partial file
 * (DSI_ERR_UNKNOWN_FORMAT else). bytes must be empty. */
DSI_CHECKED enum dsi_status dsi_partial_read(const char *path, struct dsi_bytes *bytes,
                                             struct dsi_error *err);

/* The hash of all that a regular file holds: XXH3-128, canonical. */
DSI_CHECKED enum dsi_status dsi_partial_hash_file(const char *path,
                                                  uint8_t hash[DSI_PARTIAL_HASH_SIZE],
                                                  struct dsi_error *err);

#endif
