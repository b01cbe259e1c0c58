/* balance: how many samples each class has, and what evens them out.
 *
 * The state counts labels (or, for masks, pixel values) group by group; a group's
 * classes in the order of a framework, with weights and resampling targets, are made
 * from it. */
#ifndef DSI_BALANCE_H
#define DSI_BALANCE_H

#include "check.h"
#include "class_table.h"
#include "class_weights.h"
#include "imbalance.h"

struct dsi_balance_parameters {
    enum dsi_weighting weighting;
    double weight_parameter; /* of the weighting: beta, c, max or tau */
    enum dsi_normalization normalization;
    const char *const
        *declared; /* --classes: the class list and its order; NULL: none */
    size_t n_declared;
    uint64_t min_per_class; /* 0: do not ask */
    double max_imbalance;   /* finding at or above */
    double max_repeat;      /* finding above, for the targets of oversampling */
    uint64_t target; /* samples a class for over, under, mixed; 0: by their rules */
    uint64_t n_parameters;        /* of the model; 0: not told */
    const char *const *sentinels; /* names of labels that stand for "no label" */
    size_t n_sentinels;
    bool pixels;            /* classes are the values of masks */
    const int64_t *ignored; /* pixel values that are no class */
    size_t n_ignored;
};

/* More different labels than this are no classes but numbers or names. */
enum { DSI_BALANCE_MAX_CLASSES = 1 << 20 };

extern const struct dsi_balance_parameters dsi_balance_defaults;
extern const struct dsi_check dsi_check_balance;

struct dsi_balance_class {
    char *name;
    struct dsi_label label; /* what counted towards it; text owned by the state */
    bool has_label;         /* false: declared or a folder, and never seen */
    double number;          /* of labels that are numbers, also in a table; else NaN */
    bool is_absent; /* NaN, an empty cell, a sentinel: says that there is no label */
    bool has_index; /* false: seen, but not in the declared list, or not a class */
    uint64_t count; /* samples, or pixels */
    uint64_t n_containing; /* pixels: those of the images that contain the class */
    uint64_t first;        /* index of its first sample; UINT64_MAX: none */
    double weight;
    uint64_t over, under, mixed; /* target counts */
};

/* One split or input. Classes with an index come first, in its order; index = position.
 */
struct dsi_balance_group {
    const char *name;
    struct dsi_balance_class *classes;
    size_t n_classes; /* all */
    size_t n_indexed; /* those with an index */
    uint64_t n_samples;
    uint64_t *counts; /* n_indexed: the counts alone */
    bool has_gap;     /* integer labels that are not 0..K-1: index is not the label */
};

/* Group g of a finished state (every block folded in). */
DSI_CHECKED enum dsi_status dsi_balance_group_make(struct dsi_balance_group *group,
                                                   const void *state, size_t g,
                                                   struct dsi_error *err);
void dsi_balance_group_free(struct dsi_balance_group *group);

/* --- between the files of this check
 * ---------------------------------------------------- */

struct dsi_balance {
    const struct dsi_dataset *dataset;
    const struct dsi_balance_parameters *parameters;
    size_t n_groups;
    struct dsi_class_table **counts;     /* one a group */
    struct dsi_class_table **containing; /* one a group, for pixels; else NULL */
    uint64_t n_ignored;                  /* pixels */
    uint64_t n_images;
    uint64_t n_not_masks;   /* several channels or text: not counted */
    uint64_t n_lossy_masks; /* JPEG: counted, but hardly what was drawn */
};

DSI_CHECKED enum dsi_status dsi_balance_finish(void *state, struct dsi_report *report,
                                               struct dsi_error *err);

/* A label that says there is none: NaN, nothing in a table, a sentinel, or what the
 * group's file says is missing; name is its name. */
bool dsi_balance_is_absent(const struct dsi_balance_parameters *parameters,
                           const struct dsi_group *group, const struct dsi_label *label,
                           const struct dsi_bytes *name);

/* The declared list and the class folders as a label sees them. */
struct dsi_class_names {
    const char *const *names;
    size_t n;
    bool are_integers; /* integer labels are looked up by name; else they are positions
                        */
    size_t *order;     /* positions sorted by name */
};

/* The name a label's class goes by, in place of what text held: dsi_label_name, with
 * NUL bytes as U+2400, since names end with one. */
DSI_CHECKED enum dsi_status dsi_class_name_of(struct dsi_label label,
                                              struct dsi_bytes *text,
                                              struct dsi_error *err);

DSI_CHECKED enum dsi_status dsi_class_names_make(struct dsi_class_names *names,
                                                 const char *const *list, size_t n,
                                                 struct dsi_error *err);
/* SIZE_MAX: not in the list. text is the label's name. Where the group's file names its
 * classes, an integer label is looked up by that name, whatever its number: a declared
 * list may have another order. */
size_t dsi_class_names_find(const struct dsi_class_names *names,
                            const struct dsi_group *group, struct dsi_label label,
                            const char *text, size_t n_text);
void dsi_class_names_free(struct dsi_class_names *names);

#endif
