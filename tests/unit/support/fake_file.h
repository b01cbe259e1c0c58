/* A file of arrays that a test makes up: described and valued by the test, opened by
 * nobody, laid out as an input of its own. Everything here fails the test when it
 * cannot be done. */
#ifndef DSI_FAKE_FILE_H
#define DSI_FAKE_FILE_H

#include "balance.h"
#include "layouts.h"

struct fake_array {
    struct dsi_array array;
    const void *data; /* its rows side by side; of a constant array its one row */
};

/* A dataset of one file, and the report of its findings. */
struct fake {
    struct dsi_open_file file;
    struct fake_array *arrays;
    struct dsi_dataset dataset;
    struct dsi_report *report;
    enum dsi_status status; /* of opening, with the reason */
    struct dsi_error error;
};

/* An array of one axis of int64. */
struct fake_array fake_labels(const char *name, const int64_t *data, uint64_t n);

/* "labels" of dtype without data. */
struct dsi_array fake_shape(const char *name, enum dsi_kind kind, uint32_t size,
                            int n_dims, const uint64_t *shape);

/* Lays out the arrays, which the test keeps, as "FILE" or, with a selector,
 * "FILE:SELECTOR". split: --split=NAME; NULL. */
void fake_open(struct fake *fake, struct fake_array *arrays, size_t n, unsigned need,
               const char *selector, const char *split);
void fake_close(struct fake *fake);

/* The rows of balance on one thread: "class index count split" with spaces between, a
 * line each; "-" where there is nothing. Lives until the next call. */
const char *fake_balance(struct fake *fake, const struct dsi_balance_parameters *p);

/* The detail of the first finding of a rule; NULL: there is none. */
const char *fake_finding(const struct fake *fake, const char *rule);

#endif
