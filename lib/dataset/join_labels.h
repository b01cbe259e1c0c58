/* Labels that stand in one file with the data they belong to: x_train and y_train,
 * images and labels, /test/images and /test/label. Of tools that make use of labels
 * where there are any. */
#ifndef DSI_JOIN_LABELS_H
#define DSI_JOIN_LABELS_H

#include "choose_labels.h"
#include "layouts.h"

/* Which array of the file labels each one of a list. */
struct dsi_label_join {
    size_t *labels;  /* one an array of the list: SIZE_MAX where it has none */
    bool *is_labels; /* of others: then it is no data itself */
};

/* Fills join for the list's arrays; names tell which are labels, as where labels alone
 * are asked for, and of which split, and lengths which data they go with. Tells what
 * was assumed, and a length that does not go with the only data there is. Nothing is
 * joined where names do not tell, in tables, and where nobody asks for it.
 * DSI_ERR_MEMORY
 */
DSI_CHECKED enum dsi_status dsi_labels_join(const struct dsi_opening *opening,
                                            const struct dsi_open_file *file,
                                            const struct dsi_array_list *list,
                                            struct dsi_label_join *join,
                                            struct dsi_error *err);
void dsi_label_join_free(struct dsi_label_join *join);

/* The other way round, for tools that look at labels in the first place: the one array
 * of the list that chosen labels can be of, of several axes and of their split, as long
 * as they are, and whole. SIZE_MAX: names and lengths do not tell. Where there is one
 * alone, and of another length, it is *unlike; else SIZE_MAX. */
size_t dsi_labels_data(const struct dsi_file *file, const struct dsi_array_list *list,
                       const struct dsi_label_choice *choice,
                       const struct dsi_label_array *labels, size_t *unlike);

#endif
