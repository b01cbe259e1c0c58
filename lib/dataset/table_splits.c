/* The splits that a column of a table names. */
#include "class_table.h"
#include "open_labels.h"

#include <stdlib.h>

enum { MAX_SPLITS = 64 };

enum dsi_status dsi_table_splits_list(struct dsi_rows_layout *rows,
                                      struct dsi_error *err)
{
    struct dsi_file *file = &rows->splits.file->file;
    const uint64_t per_read =
        dsi_rows_grid_of(&file->arrays[rows->splits.array]).n_per_block;
    struct dsi_rows buffer = {0};
    struct dsi_class_count *found = NULL;
    struct dsi_class_table *table = dsi_class_table_new(MAX_SPLITS);
    enum dsi_status status = table ? DSI_OK : dsi_fail_memory(err, sizeof(void *));
    for (uint64_t at = 0; at < rows->n_rows && status == DSI_OK; at += per_read) {
        uint64_t n = rows->n_rows - at < per_read ? rows->n_rows - at : per_read;
        status = dsi_file_read(file, rows->splits.array, at, n, &buffer, err);
        if (status == DSI_OK)
            status = dsi_class_table_add(table, file->arrays[rows->splits.array].dtype,
                                         buffer.values.data, n, at, err);
    }
    if (status == DSI_OK)
        status = dsi_class_table_sorted(table, &found, err);
    uint64_t n_found = status == DSI_OK ? dsi_class_table_n(table) : 0;
    if (status == DSI_OK &&
        !(rows->split_names = dsi_alloc_zeroed(n_found, sizeof(char *))))
        status = dsi_fail_memory(err, n_found * sizeof(char *));
    for (uint64_t i = 0; i < n_found && status == DSI_OK; i++) {
        const struct dsi_label *label = &found[i].label;
        rows->split_names[i] = dsi_text_copy(label->as.text.bytes, label->as.text.n);
        if (!rows->split_names[i])
            status = dsi_fail_memory(err, label->as.text.n);
        else
            rows->n_splits++;
    }
    free(found);
    dsi_class_table_free(table);
    dsi_rows_free(&buffer);
    return status;
}
