/* A check: a small state that blocks are folded into.
 *
 * The state is a commutative monoid: init is the identity, merge is associative,
 * commutative and exact. Threads, shards and saved states are all the same operation,
 * and the result is the same bytes for any number of them. A check is one file
 * check_x.c with a `const struct dsi_check dsi_check_x` at its foot, and one line in
 * the list of checks.c. */
#ifndef DSI_CHECK_H
#define DSI_CHECK_H

#include "dataset.h"

struct dsi_check {
    const char *name;
    const char *help; /* one line */

    /* DSI_NEED_*: the engine reads nothing that no check needs. */
    unsigned (*need)(const void *parameters);

    size_t state_size;

    /* A fresh state for this dataset, in state_size zeroed bytes. destroy copes with a
     * state whose init failed. parameters live as long as the state. */
    enum dsi_status (*init)(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err);

    /* Folds one block in. Blocks come in any order. Bad data is in block->status and is
     * no reason to fail; want of memory is. */
    enum dsi_status (*update)(void *state, const struct dsi_block *block,
                              struct dsi_error *err);
    enum dsi_status (*merge)(void *into, const void *from, struct dsi_error *err);

    /* Canonical bytes; load fills a fresh state and trusts nothing it reads. */
    enum dsi_status (*save)(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err);
    enum dsi_status (*load)(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err);

    /* Of a check that looks more than once; both NULL where one look is enough. Each
     * look is a pass over all blocks. plan is called when a pass is over and its states
     * are merged: it decides what the next pass is to look for, and sets *more. The
     * state then is that pass's with nothing folded, and is saved, loaded and merged as
     * such; a state that load fills takes the decisions from what was saved. adopt
     * makes a fresh state take part in the pass that a planned one is at. finish may
     * come while there is more to do, where no further pass can be had: what is not
     * known is null then. After *more was false, plan is called no more. */
    enum dsi_status (*plan)(void *state, bool *more, struct dsi_error *err);
    enum dsi_status (*adopt)(void *fresh, const void *planned, struct dsi_error *err);

    /* Adds rows of n_columns values each, summary and findings. */
    size_t n_columns;
    enum dsi_status (*finish)(void *state, struct dsi_report *report,
                              struct dsi_error *err);
    void (*destroy)(void *state);

    /* Parameters for tests that know nothing of the check; NULL is fine. */
    const void *default_parameters;
};

extern const struct dsi_check *const dsi_checks[]; /* NULL-terminated */

#endif
