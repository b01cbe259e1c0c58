/* A manifest: a table whose rows name files, with their labels and splits. */
#ifndef DSI_MANIFEST_H
#define DSI_MANIFEST_H

#include "layouts.h"

/* The rows of one table, all of them in memory. */
struct dsi_manifest {
    const char *source; /* as the user gave it; borrowed */
    uint64_t n;
    uint64_t *paths, *labels,
        *splits; /* in text, NUL-terminated; NULL: no such column */
    struct dsi_bytes text;
};

/* Whether the header of a table names a column of paths and one of labels. */
bool dsi_file_is_manifest(const struct dsi_file *file);

/* Of an open table, whose paths are below root (NULL: below its own folder), made plain
 * (dsi_path_make_plain). n stays 0 where no column is called after paths: path, file,
 * filename, image, ... The caller frees it, also on failure. */
DSI_CHECKED enum dsi_status dsi_manifest_read(struct dsi_manifest *manifest,
                                              struct dsi_open_file *file,
                                              const char *root, struct dsi_error *err);
void dsi_manifest_free(struct dsi_manifest *manifest);

/* Those of all files that the dataset holds open, in the order of the inputs. A table
 * that cannot be read has no rows. The caller frees them, also on failure. */
DSI_CHECKED enum dsi_status dsi_manifests_read(const struct dsi_dataset *dataset,
                                               const char *root,
                                               struct dsi_manifest **manifests,
                                               size_t *n, struct dsi_error *err);
void dsi_manifests_free(struct dsi_manifest *manifests, size_t n);

/* Takes "//", "/./" and "x/.." out of a path, whatever is on disk. */
void dsi_path_make_plain(char *path);

/* Looks at all tables among the dataset's files that name files: files that are not
 * there (orphan_label), rows that name the same file (duplicate_entry, or dup_conflict
 * and split_leak where label or split differ), pictures beside those named that no row
 * names (orphan_data). */
DSI_CHECKED enum dsi_status dsi_manifests_check(const struct dsi_dataset *dataset,
                                                const char *root,
                                                struct dsi_report *report,
                                                struct dsi_error *err);

#endif
