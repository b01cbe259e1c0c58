/* Lists a folder and all below it: the picture files and the array files in it.
 *
 * Symbolic links are followed; a folder that is its own ancestor is not entered again.
 * Folders that link to each other can still be reached by more paths than there is
 * memory for, so there is a limit to how many are reached by links (DSI_ERR_LIMIT).
 * FIFOs, sockets and devices are passed over with a finding. Nothing is opened but
 * folders; file types come with the listing where the file system tells them. */
#ifndef DSI_WALK_H
#define DSI_WALK_H

#include "dataset.h"
#include "unread_suffix.h"

#include <sys/types.h>

/* Names of one kind of file; those of a folder stand together. */
struct dsi_walk_names {
    struct dsi_bytes text; /* NUL-terminated names */
    uint64_t *offsets;     /* into text */
    uint64_t n, capacity;
};

struct dsi_walk_folder {
    char *path;     /* below the root, "" for the root itself */
    size_t parent;  /* SIZE_MAX for the root */
    unsigned depth; /* 0 for the root */
    bool by_link;   /* it, or a folder on the way to it, is a symbolic link */
    dev_t device;
    ino_t inode;
    uint64_t n_images;
    uint64_t first_image; /* in images.offsets, where names are kept */
    uint64_t first_array, n_arrays;
    uint64_t n_folders; /* directly in it */
    bool is_unreadable; /* not listed, or not to its end */
};

struct dsi_walk {
    char *root; /* as given, without trailing slashes */
    struct dsi_walk_folder *folders;
    size_t n_folders, capacity;
    struct dsi_walk_names images, arrays;
    size_t n_by_link;
    struct dsi_unread_counts unread;
};

/* keep_names: store and sort the names of pictures too, bytewise within each folder,
 * for files that will be opened; without it they are only counted. A subfolder that
 * cannot be read is a finding; the root is an error. A link to nothing with a picture's
 * suffix counts as a picture, as os.walk lists it; it is a finding here only where
 * nobody will open it. */
DSI_CHECKED enum dsi_status dsi_walk(struct dsi_walk *walk, const char *root,
                                     const struct dsi_dataset_options *options,
                                     bool keep_names, struct dsi_report *report,
                                     struct dsi_error *err);
void dsi_walk_free(struct dsi_walk *walk);

const char *dsi_walk_name(const struct dsi_walk_names *names, uint64_t i);

/* Writes "root/folder/name" into path, NUL-terminated. name may be NULL: the folder. */
DSI_CHECKED enum dsi_status dsi_walk_path(const struct dsi_walk *walk, size_t folder,
                                          const char *name, struct dsi_bytes *path,
                                          struct dsi_error *err);

/* The word of a name behind its last slash. */
const char *dsi_base_name(const char *path);

#endif
