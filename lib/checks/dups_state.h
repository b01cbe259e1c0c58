/* What the files of the dups checks share; for them alone. */
#ifndef DSI_DUPS_STATE_H
#define DSI_DUPS_STATE_H

#include "check.h"
#include "class_table.h"
#include "dups.h"
#include "picture_hash.h"
#include "sorted_words.h"

/* --- samples as words of a record --------------------------------------------------
 */

/* A label in a word: numbers as they are, texts as their hash. */
enum dsi_dup_label_kind {
    DSI_DUP_UNLABELLED,
    DSI_DUP_BOOL,
    DSI_DUP_INT,
    DSI_DUP_UINT,
    DSI_DUP_FLOAT, /* its bits */
    DSI_DUP_TEXT,  /* class folders too */
    DSI_N_DUP_LABELS
};

struct dsi_dup_label {
    enum dsi_dup_label_kind kind;
    uint64_t word;
};

struct dsi_dup_sample {
    uint64_t group, index;
    struct dsi_dup_label label;
};

/* A record: two words that are equal where samples are, and the sample. Of near ones
 * the perceptual hash and half of the content's. */
enum {
    DSI_DUP_KEY,
    DSI_DUP_KEY_LOW,
    DSI_DUP_GROUP,
    DSI_DUP_INDEX, /* << 8 | kind of label */
    DSI_DUP_LABEL,
    DSI_DUP_WORDS
};

struct dsi_dup_sample dsi_dup_sample_of(const uint64_t record[DSI_DUP_WORDS]);

/* --- names of pictures, where no dataset is at hand --------------------------------
 */

struct dsi_dup_name {
    uint64_t group, index;
    size_t at; /* in text */
};

/* Kept apart from the state, for looking one up may put them in order. */
struct dsi_dup_names {
    struct dsi_bytes text;
    struct dsi_dup_name *names;
    size_t n, capacity;
    bool is_sorted;
};

DSI_CHECKED enum dsi_status dsi_dup_names_add(struct dsi_dup_names *names,
                                              const struct dsi_dup_sample *sample,
                                              const char *text, size_t n,
                                              struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_dup_names_merge(struct dsi_dup_names *into,
                                                const struct dsi_dup_names *from,
                                                struct dsi_error *err);
/* NULL: not there. */
const char *dsi_dup_names_find(struct dsi_dup_names *names, uint64_t group,
                               uint64_t index);
void dsi_dup_names_free(struct dsi_dup_names *names);

/* --- the state ---------------------------------------------------------------------
 */

struct dsi_dups {
    const struct dsi_dataset *dataset;
    const struct dsi_dups_parameters *parameters;
    struct dsi_sorted_words exact, near;
    uint64_t n_samples; /* for the summary; set by the check before the end */
    struct dsi_class_table *labels; /* those that are text, and no class folder's */
    struct dsi_dup_names *names;
    const char *kind; /* of the groups of equal keys */
    bool is_of_files; /* samples are files: one a group, where these are no pictures */
    bool skips_scalars; /* rows of one value each, beside others of more */
    /* Room for the block at hand. */
    struct dsi_bytes scratch;
    struct dsi_planes planes;
    struct dsi_hasher hasher;
};

DSI_CHECKED enum dsi_status dsi_dups_init(struct dsi_dups *dups,
                                          const struct dsi_dataset *dataset,
                                          const struct dsi_dups_parameters *parameters,
                                          const char *kind, struct dsi_error *err);
void dsi_dups_destroy(struct dsi_dups *dups);
DSI_CHECKED enum dsi_status dsi_dups_merge(struct dsi_dups *into,
                                           const struct dsi_dups *from,
                                           struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_dups_save(const struct dsi_dups *dups,
                                          struct dsi_bytes *out, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_dups_load(struct dsi_dups *dups,
                                          struct dsi_bytes_reader *in,
                                          struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_dups_finish(struct dsi_dups *dups,
                                            struct dsi_report *report,
                                            struct dsi_error *err);

/* Where a person finds the sample, NUL-terminated, in place of what where holds. */
DSI_CHECKED enum dsi_status dsi_dups_where(const struct dsi_dups *dups, uint64_t group,
                                           uint64_t index, struct dsi_bytes *where,
                                           struct dsi_error *err);

/* Adds a sample under its key to list. */
DSI_CHECKED enum dsi_status dsi_dups_add(struct dsi_sorted_words *list,
                                         const uint64_t key[2],
                                         const struct dsi_dup_sample *sample,
                                         struct dsi_error *err);

/* dup_label.c: the label of a sample of the block, `at` being counted within it. */
DSI_CHECKED enum dsi_status
dsi_dup_label_of(struct dsi_dups *dups, const struct dsi_block *block, uint64_t group,
                 uint64_t at, struct dsi_dup_label *label, struct dsi_error *err);

/* What labels are called at the end. */
struct dsi_dup_label_names;

DSI_CHECKED enum dsi_status dsi_dup_label_names_make(struct dsi_dup_label_names **names,
                                                     const struct dsi_dups *dups,
                                                     struct dsi_error *err);
void dsi_dup_label_names_free(struct dsi_dup_label_names *names); /* NULL is fine */
/* As dsi_class_name_of has it, NUL-terminated, in place of what text holds; unlabelled
 * is nothing. */
DSI_CHECKED enum dsi_status dsi_dup_label_name(const struct dsi_dup_label_names *names,
                                               struct dsi_dup_label label,
                                               struct dsi_bytes *text,
                                               struct dsi_error *err);

#endif
