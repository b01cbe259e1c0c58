/* The layouts, as dsi_dataset_open uses them. Each appends groups and parts to a
 * dataset. */
#ifndef DSI_LAYOUTS_H
#define DSI_LAYOUTS_H

#include "dataset.h"

/* What an opening layout works on. */
struct dsi_opening {
    struct dsi_dataset *dataset;
    struct dsi_report *report;
    const char *input; /* as the user gave it */
};

/* An image tree: classes are folders. Also lists, for DSI_NEED_HEADER, the array files
 * below the folder. */
DSI_CHECKED enum dsi_status dsi_layout_tree_open(const struct dsi_opening *opening,
                                                 const char *path,
                                                 struct dsi_error *err);

/* One image named by itself; all such inputs make one group without labels. */
DSI_CHECKED enum dsi_status dsi_layout_image_add(const struct dsi_opening *opening,
                                                 const char *path,
                                                 struct dsi_error *err);

/* The arrays of an open file: described, valued or as labels, as the dataset's need
 * asks. selector names one of them; NULL: all, or the one that is meant. labels is the
 * open file of --labels, or NULL. */
DSI_CHECKED enum dsi_status
dsi_layout_arrays_open(const struct dsi_opening *opening, struct dsi_open_file *file,
                       const char *selector, struct dsi_open_file *labels,
                       const char *labels_selector, struct dsi_error *err);

/* Whether inputs are opened for the labels that are in them. */
static inline bool dsi_opening_is_for_labels(const struct dsi_opening *opening)
{
    const struct dsi_dataset_options *options = &opening->dataset->options;
    return options->need == DSI_NEED_LABELS || options->values_beside_labels;
}

/* --- used by the layouts
 * ---------------------------------------------------------------- */

DSI_CHECKED enum dsi_status dsi_dataset_add_group(struct dsi_dataset *dataset,
                                                  const char *name, size_t *group,
                                                  struct dsi_error *err);
/* Copies n bytes of source. */
DSI_CHECKED enum dsi_status dsi_group_set_source(struct dsi_group *group,
                                                 const char *source, size_t n,
                                                 struct dsi_error *err);
/* Takes over part->state also when it fails. */
DSI_CHECKED enum dsi_status dsi_dataset_add_part(struct dsi_dataset *dataset,
                                                 const struct dsi_part *part,
                                                 struct dsi_error *err);

/* A finding about a whole input or a place in it. */
DSI_CHECKED enum dsi_status dsi_opening_find(const struct dsi_opening *opening,
                                             const char *rule,
                                             enum dsi_severity severity,
                                             const char *where, struct dsi_error *err,
                                             const char *format, ...) DSI_PRINTF(6, 7);

/* Opens the file at path as a block of its own: its header and, for DSI_NEED_VALUES,
 * the whole of one image; for DSI_NEED_FILES alone it is not opened. Bad data goes to
 * block->status. path must live as long as the block. */
DSI_CHECKED enum dsi_status dsi_load_file(const char *path,
                                          const struct dsi_open_options *options,
                                          unsigned need, struct dsi_loader *loader,
                                          struct dsi_block *block,
                                          struct dsi_error *err);

/* Of files that are loaded one after the other for their values, and are number by
 * number: how far before its turn one is read ahead. Enough for storage to be busy, and
 * not so many that they are gone again. */
enum { DSI_FILES_AHEAD = 8 };

/* Whether file `number` is to be read ahead: all of them while that is of use, else one
 * now and then to see whether it would be. */
bool dsi_loader_looks_ahead(const struct dsi_loader *loader, uint64_t number);
void dsi_loader_read_ahead(struct dsi_loader *loader, const char *path);

/* Keeps a failure to read for the checks, unless it is one of the machine (memory),
 * which is handed on. */
DSI_CHECKED enum dsi_status dsi_block_fail(struct dsi_block *block,
                                           enum dsi_status status, uint64_t n_lost,
                                           const struct dsi_error *reason,
                                           struct dsi_error *err);

#endif
