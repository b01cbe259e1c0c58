/* A dataset: what the user named, opened, and laid out as samples with labels.
 *
 * It is a list of parts (an image tree, an array with its labels, a manifest), each cut
 * into blocks by its layout. Its samples belong to groups: the splits of a tree or a
 * manifest, or one group an input. Opening reads directories and headers, never values;
 * it is done by one thread. Once open it is read-only, and blocks are loaded by many
 * threads at once. */
#ifndef DSI_DATASET_H
#define DSI_DATASET_H

#include "channels.h"
#include "report.h"

#include <signal.h>

struct dsi_dataset_options {
    unsigned need; /* DSI_NEED_*: what will be asked of its blocks */
    struct dsi_open_options open;
    const char *labels; /* --labels=INPUT; NULL */
    const char *split;  /* --split=NAME of a table; NULL: all */
    /* LABELS, where there are any: a picture in no class folder is a sample all the
     * same, and what is odd about the folders is no finding. */
    bool labels_optional;
    /* LABELS is what is meant, and VALUES are looked at beside them: opens what LABELS
     * alone would, so that a file without --labels is its labels. */
    bool values_beside_labels;
    bool wants_paths; /* of pictures, also where labels alone are read */
    /* Of checks that tell channels apart, which are told what was assumed; NULL. */
    const struct dsi_channel_axis *channel_axis;
    const char *const *exclude; /* globs against names and paths below an input */
    size_t n_exclude;
    const volatile sig_atomic_t *stop; /* opening ends with DSI_ERR_INTERRUPTED; NULL */
};

/* A new field is one of skeleton.c too, where the end of a check looks at it. */
struct dsi_group {
    char *name;                   /* of the split, or the input as it was given */
    char *source;                 /* dsi_group_source; NULL: as its name */
    struct dsi_channels channels; /* of its values, where they were asked for */
    char **classes; /* class folders in order; NULL where only the labels tell */
    size_t n_classes;
    /* classes are those of a file that says what its labels are called: integer labels
     * are positions in it, and not every class need have samples. */
    bool classes_are_names;
    char **absent; /* labels that say there is none, by name, as the file has it */
    size_t n_absent;
    uint64_t n_samples;
    bool is_hidden; /* not asked for (--split): counts for its siblings' class list only
                     */
    size_t first_sibling, n_siblings; /* groups that share one class list; 0: none */
    bool labels_are_text; /* labels come from a text file: whole numbers may be spelt
                             out */
};

/* A file that stays open for as long as the dataset does. */
struct dsi_open_file {
    struct dsi_open_file *next;
    char *name; /* as the user gave it, selector and all */
    struct dsi_source source;
    struct dsi_file file;
};

struct dsi_part {
    const struct dsi_layout *layout;
    size_t group;
    uint64_t n_samples;
    bool has_labels;
    void *state; /* the layout's own */
};

/* How a part's samples are stored, and how its blocks are cut and loaded. */
struct dsi_layout {
    const char *name;
    uint64_t (*n_blocks)(const struct dsi_part *part, unsigned need);
    /* True when blocks must be loaded in order by one thread at a time. */
    bool (*is_sequential)(const struct dsi_part *part, unsigned need);
    /* Fills what need asks for; block is zeroed but for part and group. Bad data goes
     * into block->status; the return value is for what ends the scan (memory). */
    enum dsi_status (*load)(const struct dsi_part *part, unsigned need, uint64_t number,
                            struct dsi_loader *loader, struct dsi_block *block,
                            struct dsi_error *err);
    /* The block of a sample, of those that need VALUES or FILES cuts; NULL: there are
     * no samples. */
    uint64_t (*block_of)(const struct dsi_part *part, unsigned need, uint64_t sample);
    /* The path of a sample that is a file of its own, NUL-terminated, in place of what
     * path holds. NULL: samples are rows, or the names are not at hand;
     * DSI_ERR_UNSUPPORTED: neither are these. */
    enum dsi_status (*where)(const struct dsi_part *part, uint64_t sample,
                             struct dsi_bytes *path, struct dsi_error *err);
    void (*close)(void *state);
};

struct dsi_dataset {
    struct dsi_dataset_options options;
    struct dsi_part *parts;
    size_t n_parts;
    struct dsi_group *groups;
    size_t n_groups;
    bool has_splits; /* groups are splits (of one or more inputs) */
    bool has_many_inputs;
    size_t n_failed_inputs;      /* each has an error finding in the report */
    struct dsi_open_file *files; /* owned by the dataset, shared by its parts */
    struct dsi_helpers *helpers; /* of all the files */
};

/* Opens every input. Findings (an input that cannot be opened, an empty class folder,
 * what was assumed) go into report; where none could be opened, the dataset has no
 * parts. An error is returned only for --labels that cannot be read, for want of
 * memory, or when asked to stop; there is nothing to close then. */
DSI_CHECKED enum dsi_status dsi_dataset_open(struct dsi_dataset *dataset,
                                             const char *const *inputs, size_t n_inputs,
                                             const struct dsi_dataset_options *options,
                                             struct dsi_report *report,
                                             struct dsi_error *err);
void dsi_dataset_close(struct dsi_dataset *dataset);

/* Whether a label says that there is none: NaN, nothing in a table, or what the group's
 * file says is missing. name is its name, which is looked at where n_absent is not 0.
 */
struct dsi_label;
bool dsi_group_lacks_label(const struct dsi_group *group, const struct dsi_label *label,
                           const struct dsi_bytes *name);

/* What a person can name the group by: FILE, FILE:ARRAY, FOLDER. */
const char *dsi_group_source(const struct dsi_group *group);

/* The part that a sample of the group belongs to; SIZE_MAX: none. */
size_t dsi_dataset_part_of(const struct dsi_dataset *dataset, size_t group);

/* A path or an address by which a person finds a sample, NUL-terminated, in place of
 * what where holds: the path of a picture, SOURCE[INDEX] of a row, and of pictures
 * whose names are not at hand (a skeleton), too. */
DSI_CHECKED enum dsi_status dsi_dataset_where(const struct dsi_dataset *dataset,
                                              size_t group, uint64_t sample,
                                              struct dsi_bytes *where,
                                              struct dsi_error *err);

/* Whether the group is a further column of what the group before it is a column of: the
 * fields of a record are groups of one column each. */
bool dsi_group_goes_on(const struct dsi_dataset *dataset, size_t group);

/* Groups that are not hidden, and the first of them (SIZE_MAX: none). */
size_t dsi_dataset_n_shown(const struct dsi_dataset *dataset);
size_t dsi_dataset_first_shown(const struct dsi_dataset *dataset);

/* False where a source can be read once only: a pipe on standard input. */
bool dsi_dataset_can_rescan(const struct dsi_dataset *dataset);

uint64_t dsi_dataset_n_samples(const struct dsi_dataset *dataset);

/* Samples of a group are numbered below this: rows of a table that mixes splits are
 * numbered through all of them, everything else group by group. */
uint64_t dsi_dataset_n_numbered(const struct dsi_dataset *dataset, size_t group);

#endif
