/* Datasets that the law tests loop over, and the way from a dataset to report bytes. */
#ifndef DSI_SUBJECT_H
#define DSI_SUBJECT_H

#include "scan.h"
#include "scratch.h"

/* A dataset as a user would name it. */
struct subject {
    const char *title;
    const char *inputs[2]; /* the second may be NULL */
    const char *labels;    /* --labels; NULL */
    bool is_masks;
};

enum { MAX_SUBJECTS = 32 };

/* The committed samples, and bigger ones made in scratch; returns how many. */
size_t subjects_make(struct scratch *scratch, struct subject subjects[MAX_SUBJECTS]);

/* A dataset, opened for need, and the report its findings go to. */
struct opened {
    struct dsi_dataset dataset;
    struct dsi_report *report;
};

/* On failure, which is only for want of memory or an unusable --labels, there is
 * nothing to close. A dataset that could not be opened has no parts. */
DSI_CHECKED enum dsi_status subject_open(const struct subject *subject, unsigned need,
                                         struct opened *opened, struct dsi_error *err);
void subject_close(struct opened *opened);

/* A check with its parameters. */
struct variant {
    const char *title;
    const struct dsi_check *check;
    const void *parameters;
    unsigned also_need; /* read beside what the check itself needs */
    bool masks_only;
    bool reads_again;     /* at its end: goes without shards */
    uint64_t max_samples; /* of a check that keeps something of each; 0: any number */
};

enum { MAX_VARIANTS = 64 };

/* Every check of dsi_checks with default parameters, alone and riding along with others
 * that need more; then those with parameters of their own. Returns how many. */
size_t variants_make(struct variant variants[MAX_VARIANTS]);

unsigned variant_need(const struct variant *variant);

/* Scans with n_threads and leaves the state in run, which the caller frees. */
DSI_CHECKED enum dsi_status variant_scan(const struct variant *variant,
                                         const struct dsi_dataset *dataset,
                                         unsigned n_threads, struct dsi_check_run *run,
                                         struct dsi_error *err);

/* The same of one shard; {0} is all. */
DSI_CHECKED enum dsi_status
variant_scan_shard(const struct variant *variant, const struct dsi_dataset *dataset,
                   unsigned n_threads, struct dsi_shard shard,
                   struct dsi_check_run *run, struct dsi_error *err);

/* Finishes the state into a fresh report and appends that report as JSON. */
DSI_CHECKED enum dsi_status state_to_json(const struct dsi_check *check, void *state,
                                          struct dsi_bytes *json,
                                          struct dsi_error *err);

/* Opens, scans, finishes and prints: all that a tool does. *json is the caller's,
 * empty where the dataset cannot be opened. */
DSI_CHECKED enum dsi_status subject_to_json(const struct subject *subject,
                                            const struct variant *variant,
                                            unsigned n_threads, struct dsi_bytes *json,
                                            struct dsi_error *err);

#endif
