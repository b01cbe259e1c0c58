#include "tree_notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *name_of_class(const struct dsi_walk *walk,
                                 const struct dsi_class_list *classes, size_t c)
{
    return dsi_base_name(walk->folders[classes->folders[c]].path);
}

/* label: the class that is meant; NULL. */
static enum dsi_status find_folder(const struct dsi_opening *opening,
                                   const struct dsi_walk *walk, size_t folder,
                                   const char *rule, enum dsi_severity severity,
                                   const char *label, const char *detail,
                                   struct dsi_error *err)
{
    struct dsi_bytes path = {0};
    struct dsi_finding finding = {.rule = rule,
                                  .severity = severity,
                                  .source = opening->input,
                                  .index = UINT64_MAX,
                                  .detail = detail,
                                  .label = label};
    enum dsi_status status = dsi_walk_path(walk, folder, NULL, &path, err);
    finding.where = (const char *)path.data;
    if (status == DSI_OK)
        status = dsi_report_finding(opening->report, &finding, err);
    dsi_bytes_free(&path);
    return status;
}

/* --- classes that hold nothing, or that nobody meant
 * ---------------------------------- */

/* The pictures of each class; one more for a folder of it that could not be listed,
 * which may hold some. */
static void count_pictures(const struct dsi_walk *walk,
                           const struct dsi_class_list *classes, uint64_t *n)
{
    for (size_t i = 0; i < walk->n_folders; i++)
        if (classes->of_folder[i] != UINT32_MAX)
            n[classes->of_folder[i]] +=
                walk->folders[i].n_images + walk->folders[i].is_unreadable;
}

/* Folders that systems and tools make, beside those that start with a dot. */
static bool is_made_by_tools(const char *name)
{
    static const char *const made[] = {
        "__MACOSX",   "__pycache__",  "@eaDir",
        "lost+found", "$RECYCLE.BIN", "System Volume Information",
        NULL};
    for (const char *const *other = made; *other; other++)
        if (strcmp(name, *other) == 0)
            return true;
    return false;
}

static enum dsi_status find_odd_class(const struct dsi_opening *opening,
                                      const struct dsi_walk *walk, size_t folder,
                                      const char *name, bool is_empty,
                                      struct dsi_error *err)
{
    if (is_empty)
        DSI_TRY(find_folder(opening, walk, folder, "empty_class", DSI_WARNING, name,
                            "a class folder without a picture takes a class index",
                            err));
    if (name[0] == '.')
        return find_folder(opening, walk, folder, "hidden_class", DSI_WARNING, name,
                           "a hidden folder counts as a class and shifts the others",
                           err);
    if (is_made_by_tools(name))
        return find_folder(opening, walk, folder, "hidden_class", DSI_WARNING, name,
                           "a folder that a tool made counts as a class and shifts the "
                           "others",
                           err);
    return DSI_OK;
}

static enum dsi_status find_odd_classes(const struct dsi_opening *opening,
                                        const struct dsi_walk *walk,
                                        const struct dsi_class_list *classes,
                                        struct dsi_error *err)
{
    uint64_t *n = dsi_alloc_zeroed(classes->n, sizeof *n);
    if (!n)
        return dsi_fail_memory(err, classes->n * sizeof *n);
    count_pictures(walk, classes, n);
    enum dsi_status status = DSI_OK;
    for (size_t c = 0; c < classes->n && status == DSI_OK; c++)
        status = find_odd_class(opening, walk, classes->folders[c],
                                name_of_class(walk, classes, c), n[c] == 0, err);
    free(n);
    return status;
}

static enum dsi_status find_outside(const struct dsi_opening *opening,
                                    const struct dsi_walk *walk, size_t root,
                                    struct dsi_error *err)
{
    char detail[96];
    const uint64_t n = walk->folders[root].n_images;
    if (n == 0)
        return DSI_OK;
    snprintf(detail, sizeof detail,
             "%llu picture%s beside the class folders belong%s to no class",
             (unsigned long long)n, n == 1 ? "" : "s", n == 1 ? "s" : "");
    return find_folder(opening, walk, root, "outside_classes", DSI_WARNING, NULL,
                       detail, err);
}

/* --- numbers that sort as text
 * -------------------------------------------------------- */

/* By value; both are digits alone, of any number. */
static int compare_numbers(const char *a, const char *b)
{
    a += strspn(a, "0");
    b += strspn(b, "0");
    size_t n_a = strlen(a), n_b = strlen(b);
    return n_a != n_b ? (n_a < n_b ? -1 : 1) : strcmp(a, b);
}

static bool are_all_numbers(const struct dsi_walk *walk,
                            const struct dsi_class_list *classes)
{
    for (size_t c = 0; c < classes->n; c++) {
        const char *name = name_of_class(walk, classes, c);
        if (name[strspn(name, "0123456789")])
            return false;
    }
    return true;
}

/* Up to the first number that is less than the one before it they are sorted, so the
 * first that is greater than it is where text and numbers part. */
static enum dsi_status find_text_order(const struct dsi_opening *opening,
                                       const struct dsi_walk *walk,
                                       const struct dsi_class_list *classes,
                                       struct dsi_error *err)
{
    if (!are_all_numbers(walk, classes))
        return DSI_OK;
    size_t less = 1, greater = 0;
    while (less < classes->n &&
           compare_numbers(name_of_class(walk, classes, less - 1),
                           name_of_class(walk, classes, less)) <= 0)
        less++;
    if (less >= classes->n)
        return DSI_OK;
    while (compare_numbers(name_of_class(walk, classes, greater),
                           name_of_class(walk, classes, less)) <= 0)
        greater++;
    char detail[640]; /* two names of at most 255 bytes */
    snprintf(detail, sizeof detail,
             "class folders sort as text: '%s' has index %zu, before '%s'",
             name_of_class(walk, classes, greater), greater,
             name_of_class(walk, classes, less));
    return find_folder(opening, walk, classes->root, "numeric_order", DSI_NOTE,
                       name_of_class(walk, classes, greater), detail, err);
}

enum dsi_status dsi_tree_note_classes(const struct dsi_opening *opening,
                                      const struct dsi_walk *walk,
                                      const struct dsi_class_list *classes,
                                      struct dsi_error *err)
{
    DSI_TRY(find_odd_classes(opening, walk, classes, err));
    DSI_TRY(find_outside(opening, walk, classes->root, err));
    return find_text_order(opening, walk, classes, err);
}

/* --- splits that are none
 * ------------------------------------------------------------- */

static const char *const split_names[] = {"train",      "val",  "valid",
                                          "validation", "test", NULL};

static bool is_among(const char *name, const char *const *words,
                     int (*compare)(const char *, const char *))
{
    for (; *words; words++)
        if (compare(name, *words) == 0)
            return true;
    return false;
}

bool dsi_tree_is_split_name(const char *name)
{
    return is_among(name, split_names, strcmp);
}

/* A name that a person would give to a split. */
static bool looks_like_split(const char *name)
{
    static const char *const others[] = {"training", "trn",        "testing", "tst",
                                         "eval",     "evaluation", "dev",     NULL};
    return is_among(name, split_names, strcasecmp) ||
           is_among(name, others, strcasecmp);
}

/* Adds a name to the list in text: "a, b". */
static void list_name(char *text, size_t size, const char *name)
{
    size_t n = strlen(text);
    snprintf(text + n, size - n, "%s%s", n ? ", " : "", name);
}

/* Why folders, all with exactly a split's name but `other`, are not splits. */
static enum dsi_status find_split_names(const struct dsi_opening *opening,
                                        const struct dsi_walk *walk, const char *names,
                                        size_t n_names, const char *other,
                                        const char *flat, struct dsi_error *err)
{
    return dsi_opening_find(
        opening, "assumed", DSI_NOTE, walk->root, err,
        "its folder%s %s %s, not %s%s%.255s%s (splits are named train, val, valid, "
        "validation, test)",
        n_names == 1 ? "" : "s", names,
        n_names == 1 ? "is taken for a class" : "are taken for classes",
        n_names == 1 ? "a split" : "splits", other || flat ? ": " : "",
        other  ? other
        : flat ? flat
               : "",
        other  ? " is none"
        : flat ? " holds no class folders"
               : "");
}

enum dsi_status dsi_tree_note_split_names(const struct dsi_opening *opening,
                                          const struct dsi_walk *walk,
                                          const struct dsi_class_list *classes,
                                          struct dsi_error *err)
{
    size_t n_alike = 0, n_exact = 0, n_visible = 0;
    const char *other = NULL, *flat = NULL;
    char names[400] = ""; /* of all words that look like a split */
    for (size_t c = 0; c < classes->n; c++) {
        const char *name = name_of_class(walk, classes, c);
        bool is_exact = dsi_tree_is_split_name(name);
        n_visible += name[0] != '.';
        n_exact += is_exact;
        if (looks_like_split(name)) {
            n_alike++;
            list_name(names, sizeof names, name);
        } else if (!other) {
            other = name;
        }
        if (is_exact && !flat && walk->folders[classes->folders[c]].n_folders == 0)
            flat = name;
    }
    if (n_alike == 0 || (n_exact == 0 && n_alike < n_visible))
        return DSI_OK;
    return find_split_names(opening, walk, names, n_alike,
                            n_exact == n_alike ? other : NULL,
                            n_exact == n_alike ? flat : NULL, err);
}

/* --- about the whole tree
 * ------------------------------------------------------------- */

static bool holds_nothing(const struct dsi_walk *walk)
{
    for (size_t i = 0; i < walk->n_folders; i++)
        if (walk->folders[i].n_images || walk->folders[i].n_arrays)
            return false;
    return true;
}

enum dsi_status dsi_tree_note_walk(const struct dsi_opening *opening,
                                   const struct dsi_walk *walk, bool splits,
                                   struct dsi_error *err)
{
    if (walk->unread.seen) {
        char kinds[256];
        dsi_unread_describe(&walk->unread, kinds, sizeof kinds);
        DSI_TRY(dsi_opening_find(opening, "unsupported", DSI_NOTE, walk->root, err,
                                 "%s of kinds that are not read", kinds));
    }
    if (splits)
        DSI_TRY(dsi_opening_find(opening, "assumed", DSI_NOTE, walk->root, err,
                                 "its folders are taken for splits"));
    if (opening->dataset->options.need & DSI_NEED_HEADER && holds_nothing(walk))
        return dsi_opening_find(opening, "no_samples", DSI_ERROR, walk->root, err,
                                "holds no picture and no array file that is known");
    return DSI_OK;
}

/* --- no classes where labels are asked for
 * -------------------------------------------- */

static bool is_below(const struct dsi_walk *walk, size_t folder, size_t root)
{
    while (folder != root && folder != SIZE_MAX)
        folder = walk->folders[folder].parent;
    return folder == root;
}

/* Counts the array files in a root; *example is the folder of the first by path, which
 * does not depend on the order of a listing. */
static uint64_t count_arrays(const struct dsi_walk *walk, size_t root, size_t *example)
{
    uint64_t n = 0;
    for (size_t i = 0; i < walk->n_folders; i++) {
        const struct dsi_walk_folder *f = &walk->folders[i];
        if (f->n_arrays == 0 || !is_below(walk, i, root))
            continue;
        if (n == 0 || strcmp(f->path, walk->folders[*example].path) < 0)
            *example = i;
        n += f->n_arrays;
    }
    return n;
}

static enum dsi_status fail_with_arrays(const struct dsi_walk *walk, size_t folder,
                                        uint64_t n, struct dsi_error *err)
{
    const struct dsi_walk_folder *f = &walk->folders[folder];
    const char *name = dsi_walk_name(&walk->arrays, f->first_array);
    const char *slash = *f->path ? "/" : "";
    if (n == 1)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "holds an array or table file and no pictures: name it as the "
                        "INPUT: %s%s%s",
                        f->path, slash, name);
    return dsi_fail(err, DSI_ERR_USAGE,
                    "holds %llu array or table files and no pictures: name what is "
                    "meant of them, such as %s%s%s",
                    (unsigned long long)n, f->path, slash, name);
}

enum dsi_status dsi_tree_fail_unlabelled(const struct dsi_walk *walk, size_t root,
                                         struct dsi_error *err)
{
    const struct dsi_walk_folder *f = &walk->folders[root];
    size_t example = 0;
    uint64_t n_arrays = count_arrays(walk, root, &example);
    if (f->n_images > 0)
        return dsi_fail(
            err, DSI_ERR_USAGE,
            "%llu picture%s and no class folders%s: in an image tree each class is a "
            "folder; if a table holds the labels, give the table as the INPUT",
            (unsigned long long)f->n_images, f->n_images == 1 ? "" : "s",
            f->n_folders ? " with pictures" : "");
    if (n_arrays > 0)
        return fail_with_arrays(walk, example, n_arrays, err);
    return dsi_fail(err, DSI_ERR_USAGE, "holds no pictures%s%s", root ? ": " : "",
                    f->path);
}
