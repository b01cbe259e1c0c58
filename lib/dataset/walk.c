#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_BY_LINK = 1 << 17 };

/* One walk under way. */
struct walker {
    struct dsi_walk *walk;
    const struct dsi_dataset_options *options;
    bool keep_names;
    struct dsi_report *report;
    struct dsi_bytes path; /* scratch */
};

enum entry_kind { ENTRY_FOLDER, ENTRY_IMAGE, ENTRY_ARRAY, ENTRY_UNREAD, ENTRY_OTHER };

const char *dsi_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *dsi_walk_name(const struct dsi_walk_names *names, uint64_t i)
{
    return (const char *)names->text.data + names->offsets[i];
}

enum dsi_status dsi_walk_path(const struct dsi_walk *walk, size_t folder,
                              const char *name, struct dsi_bytes *path,
                              struct dsi_error *err)
{
    const char *pieces[] = {walk->root, walk->folders[folder].path, name};
    path->n = 0;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        if (!pieces[i] || !*pieces[i])
            continue;
        if (path->n && path->data[path->n - 1] != '/')
            DSI_TRY(dsi_bytes_append(path, "/", 1, err));
        DSI_TRY(dsi_bytes_append(path, pieces[i], strlen(pieces[i]), err));
    }
    DSI_TRY(dsi_bytes_append(path, "", 1, err));
    path->n--;
    return DSI_OK;
}

static enum dsi_status find(struct walker *w, const char *rule,
                            enum dsi_severity severity, size_t folder, const char *name,
                            const char *detail, struct dsi_error *err)
{
    DSI_TRY(dsi_walk_path(w->walk, folder, name, &w->path, err));
    struct dsi_finding finding = {.rule = rule,
                                  .severity = severity,
                                  .source = w->walk->root,
                                  .index = UINT64_MAX,
                                  .where = (const char *)w->path.data,
                                  .detail = detail};
    return dsi_report_finding(w->report, &finding, err);
}

/* --- what an entry is
 * ------------------------------------------------------------------ */

static enum entry_kind kind_of_name(const char *name)
{
    const struct dsi_format *format = dsi_format_of_suffix(name);
    if (format)
        return format->is_image ? ENTRY_IMAGE : ENTRY_ARRAY;
    return dsi_unread_suffix(name) >= 0 ? ENTRY_UNREAD : ENTRY_OTHER;
}

static bool is_excluded(struct walker *w, size_t folder, const char *name)
{
    const char *path = w->walk->folders[folder].path;
    for (size_t i = 0; i < w->options->n_exclude; i++) {
        const char *glob = w->options->exclude[i];
        char below[4096];
        if (fnmatch(glob, name, 0) == 0)
            return true;
        size_t n = strlen(path);
        if (n && n + strlen(name) + 2 <= sizeof below) {
            memcpy(below, path, n);
            below[n] = '/';
            memcpy(below + n + 1, name, strlen(name) + 1);
            if (fnmatch(glob, below, 0) == 0)
                return true;
        }
    }
    return false;
}

/* --- adding
 * ---------------------------------------------------------------------------- */

static enum dsi_status add_name(struct dsi_walk_names *names, const char *name,
                                struct dsi_error *err)
{
    if (names->n == names->capacity) {
        uint64_t capacity = names->capacity ? names->capacity * 2 : 64;
        uint64_t *offsets =
            dsi_realloc_array(names->offsets, capacity, sizeof *offsets);
        if (!offsets)
            return dsi_fail_memory(err, capacity * sizeof *offsets);
        names->offsets = offsets;
        names->capacity = capacity;
    }
    names->offsets[names->n] = names->text.n;
    DSI_TRY(dsi_bytes_append(&names->text, name, strlen(name) + 1, err));
    names->n++;
    return DSI_OK;
}

static enum dsi_status add_folder(struct walker *w, size_t parent, const char *name,
                                  bool is_link, struct dsi_error *err)
{
    struct dsi_walk *walk = w->walk;
    bool by_link = is_link || (parent != SIZE_MAX && walk->folders[parent].by_link);
    if (by_link && ++walk->n_by_link > MAX_BY_LINK)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "symbolic links lead to more than %d folders: do they link to "
                        "each other? (--exclude leaves them out)",
                        MAX_BY_LINK);
    struct dsi_walk_folder *folders = dsi_grow_array(walk->folders, walk->n_folders,
                                                     &walk->capacity, sizeof *folders);
    if (!folders)
        return dsi_fail_memory(err, walk->n_folders * sizeof *folders);
    walk->folders = folders;
    const char *above = parent == SIZE_MAX ? "" : walk->folders[parent].path;
    size_t n_above = strlen(above), n_name = strlen(name);
    char *path = dsi_alloc_array((uint64_t)n_above + n_name + 2, 1);
    if (!path)
        return dsi_fail_memory(err, n_above + n_name + 2);
    memcpy(path, above, n_above);
    if (n_above)
        path[n_above++] = '/';
    memcpy(path + n_above, name, n_name + 1);
    walk->folders[walk->n_folders++] = (struct dsi_walk_folder){
        .path = path,
        .parent = parent,
        .depth = parent == SIZE_MAX ? 0 : walk->folders[parent].depth + 1,
        .by_link = by_link};
    if (parent != SIZE_MAX)
        walk->folders[parent].n_folders++;
    return DSI_OK;
}

static bool is_own_ancestor(const struct dsi_walk *walk, size_t folder)
{
    const struct dsi_walk_folder *f = &walk->folders[folder];
    for (size_t up = f->parent; up != SIZE_MAX; up = walk->folders[up].parent)
        if (walk->folders[up].device == f->device &&
            walk->folders[up].inode == f->inode)
            return true;
    return false;
}

static enum dsi_status add_file(struct walker *w, size_t folder, const char *name,
                                enum entry_kind kind, struct dsi_error *err)
{
    switch (kind) {
    case ENTRY_IMAGE:
        w->walk->folders[folder].n_images++;
        return w->keep_names ? add_name(&w->walk->images, name, err) : DSI_OK;
    case ENTRY_ARRAY:
        w->walk->folders[folder].n_arrays++;
        return add_name(&w->walk->arrays, name, err);
    case ENTRY_UNREAD:
        dsi_unread_count(&w->walk->unread, name);
        return DSI_OK;
    case ENTRY_FOLDER:
    case ENTRY_OTHER:
        break;
    }
    return DSI_OK;
}

/* A link to nothing, to itself, or to where one may not look. */
static enum dsi_status add_lost(struct walker *w, size_t folder, const char *name,
                                enum entry_kind kind, int reason, struct dsi_error *err)
{
    if (kind == ENTRY_IMAGE)
        DSI_TRY(add_file(w, folder, name, kind, err));
    if (kind == ENTRY_IMAGE && w->keep_names)
        return DSI_OK; /* who opens it says so */
    /* Without a suffix it may have been meant for a folder. */
    return find(w, "unreadable", kind == ENTRY_OTHER ? DSI_WARNING : DSI_ERROR, folder,
                name, strerror(reason), err);
}

/* An entry whose listing says "link" or nothing: asks what it leads to. */
static enum dsi_status add_by_stat(struct walker *w, int dir, size_t folder,
                                   const char *name, enum entry_kind kind,
                                   struct dsi_error *err)
{
    struct stat st;
    if (fstatat(dir, name, &st, 0) != 0)
        return add_lost(w, folder, name, kind, errno, err);
    if (S_ISDIR(st.st_mode)) {
        struct stat own;
        bool is_link =
            fstatat(dir, name, &own, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(own.st_mode);
        return add_folder(w, folder, name, is_link, err);
    }
    if (S_ISREG(st.st_mode))
        return add_file(w, folder, name, kind, err);
    return find(w, "not_regular", DSI_WARNING, folder, name,
                "not a regular file: passed over", err);
}

static enum dsi_status add_entry(struct walker *w, int dir, size_t folder,
                                 const struct dirent *entry, struct dsi_error *err)
{
    const char *name = entry->d_name;
    if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
        return DSI_OK;
    if (w->options->n_exclude && is_excluded(w, folder, name))
        return DSI_OK;
    switch (entry->d_type) {
    case DT_DIR:
        return add_folder(w, folder, name, false, err);
    case DT_REG:
        return add_file(w, folder, name, kind_of_name(name), err);
    case DT_LNK:
    case DT_UNKNOWN:
        return add_by_stat(w, dir, folder, name, kind_of_name(name), err);
    default:
        return find(w, "not_regular", DSI_WARNING, folder, name,
                    "not a regular file: passed over", err);
    }
}

/* --- sorting
 * ---------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b, void *text)
{
    return strcmp((const char *)text + *(const uint64_t *)a,
                  (const char *)text + *(const uint64_t *)b);
}

static void sort_names(struct dsi_walk_names *names, uint64_t first)
{
    if (names->n > first + 1)
        qsort_r(names->offsets + first, names->n - first, sizeof *names->offsets,
                compare_names, names->text.data);
}

/* --- the walk
 * --------------------------------------------------------------------------- */

static enum dsi_status find_unreadable(struct walker *w, size_t folder, int reason,
                                       struct dsi_error *err)
{
    enum dsi_status status = dsi_fail_open(err, reason);
    if (!dsi_status_is_data(status))
        return status;
    w->walk->folders[folder].is_unreadable = true;
    return find(w, "unreadable", DSI_ERROR, folder, NULL, strerror(reason), err);
}

static enum dsi_status list_folder(struct walker *w, DIR *dir, size_t folder,
                                   struct dsi_error *err)
{
    struct dsi_walk *walk = w->walk;
    walk->folders[folder].first_image = walk->images.n;
    walk->folders[folder].first_array = walk->arrays.n;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry)
            break;
        DSI_TRY(add_entry(w, dirfd(dir), folder, entry, err));
    }
    int reason = errno;
    sort_names(&walk->images, walk->folders[folder].first_image);
    sort_names(&walk->arrays, walk->folders[folder].first_array);
    return reason ? find_unreadable(w, folder, reason, err) : DSI_OK;
}

static enum dsi_status visit(struct walker *w, size_t folder, struct dsi_error *err)
{
    struct dsi_walk *walk = w->walk;
    DSI_TRY(dsi_walk_path(walk, folder, NULL, &w->path, err));
    int fd = open((const char *)w->path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        int reason = errno;
        if (fd >= 0)
            close(fd);
        if (folder == 0)
            return dsi_fail_open(err, reason);
        return find_unreadable(w, folder, reason, err);
    }
    walk->folders[folder].device = st.st_dev;
    walk->folders[folder].inode = st.st_ino;
    if (is_own_ancestor(walk, folder)) {
        close(fd);
        return find(w, "symlink_loop", DSI_WARNING, folder, NULL,
                    "leads back to a folder above it: not entered again", err);
    }
    DIR *dir = fdopendir(fd);
    if (!dir) {
        int reason = errno;
        close(fd);
        return dsi_fail_open(err, reason);
    }
    enum dsi_status status = list_folder(w, dir, folder, err);
    closedir(dir);
    return status;
}

enum dsi_status dsi_walk(struct dsi_walk *walk, const char *root,
                         const struct dsi_dataset_options *options, bool keep_names,
                         struct dsi_report *report, struct dsi_error *err)
{
    *walk = (struct dsi_walk){0};
    struct walker w = {
        .walk = walk, .options = options, .keep_names = keep_names, .report = report};
    size_t n = strlen(root);
    while (n > 1 && root[n - 1] == '/')
        n--;
    enum dsi_status status = DSI_ERR_MEMORY;
    walk->root = dsi_text_copy(root, n);
    if (!walk->root)
        dsi_fail_memory(err, n);
    else
        status = add_folder(&w, SIZE_MAX, "", false, err);
    /* Folders found are appended, so one pass over the growing list visits them all. */
    for (size_t i = 0; status == DSI_OK && i < walk->n_folders; i++) {
        if (options->stop && *options->stop)
            status = dsi_fail(err, DSI_ERR_INTERRUPTED, "interrupted");
        else
            status = visit(&w, i, err);
    }
    dsi_bytes_free(&w.path);
    if (status != DSI_OK)
        dsi_walk_free(walk);
    return status;
}

static void free_names(struct dsi_walk_names *names)
{
    dsi_bytes_free(&names->text);
    free(names->offsets);
}

void dsi_walk_free(struct dsi_walk *walk)
{
    for (size_t i = 0; i < walk->n_folders; i++)
        free(walk->folders[i].path);
    free(walk->folders);
    free(walk->root);
    free_names(&walk->images);
    free_names(&walk->arrays);
    *walk = (struct dsi_walk){0};
}
