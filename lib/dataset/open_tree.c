/* Opens image trees as torchvision's ImageFolder reads them: a class is a folder
 * directly below the root, in bytewise order; its samples are the pictures in it and
 * below, folder by folder as sorted(os.walk(class folder)) gives them, names sorted
 * within a folder.
 *
 * Where nobody asks for labels a folder is no class, and every picture is a sample:
 * those of the root itself first, then the others in the same order, so that samples
 * have the number ImageFolder gives them wherever it reads them all. */
#include "tree_notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_classes(struct dsi_class_list *classes)
{
    free(classes->folders);
    free(classes->of_folder);
}

static int compare_paths(const void *a, const void *b, void *folders)
{
    const struct dsi_walk_folder *f = folders;
    return strcmp(f[*(const size_t *)a].path, f[*(const size_t *)b].path);
}

/* Parents come before their children in a walk, so one pass hands classes down. */
static enum dsi_status list_classes(struct dsi_walk *walk, size_t root,
                                    struct dsi_class_list *classes,
                                    struct dsi_error *err)
{
    *classes = (struct dsi_class_list){.root = root};
    classes->folders = dsi_alloc_array(walk->folders[root].n_folders, sizeof(size_t));
    classes->of_folder = dsi_alloc_array(walk->n_folders, sizeof(uint32_t));
    if (!classes->folders || !classes->of_folder) {
        free_classes(classes);
        return dsi_fail_memory(err, walk->n_folders * sizeof(size_t));
    }
    for (size_t i = 0; i < walk->n_folders; i++)
        if (walk->folders[i].parent == root)
            classes->folders[classes->n++] = i;
    qsort_r(classes->folders, classes->n, sizeof(size_t), compare_paths, walk->folders);
    memset(classes->of_folder, 0xff, walk->n_folders * sizeof(uint32_t));
    for (size_t c = 0; c < classes->n; c++)
        classes->of_folder[classes->folders[c]] = (uint32_t)c;
    for (size_t i = 0; i < walk->n_folders; i++) {
        size_t parent = walk->folders[i].parent;
        if (parent != SIZE_MAX && parent != root)
            classes->of_folder[i] = classes->of_folder[parent];
    }
    return DSI_OK;
}

/* --- splits
 * ----------------------------------------------------------------------------- */

/* The folders of the root are splits when all have a split's name and hold class
 * folders. */
static bool has_splits(const struct dsi_walk *walk)
{
    size_t n = 0;
    for (size_t i = 0; i < walk->n_folders; i++) {
        if (walk->folders[i].depth != 1)
            continue;
        if (!dsi_tree_is_split_name(walk->folders[i].path) ||
            walk->folders[i].n_folders == 0)
            return false;
        n++;
    }
    return n > 0;
}

/* --- one part
 * --------------------------------------------------------------------------- */

static int compare_runs(const void *a, const void *b, void *folders)
{
    const struct dsi_tree_run *x = a, *y = b;
    const struct dsi_walk_folder *f = folders;
    if (x->class_index != y->class_index)
        return x->class_index < y->class_index ? -1 : 1;
    return strcmp(f[x->folder].path, f[y->folder].path);
}

static uint64_t n_samples_in(const struct dsi_tree *tree, size_t folder)
{
    const struct dsi_walk_folder *f = &tree->shared->walk.folders[folder];
    return tree->of_arrays ? f->n_arrays : f->n_images;
}

/* Which folders hold the tree's samples: those of its classes; where there are none,
 * the root too; of array files all. */
static bool is_member(const struct dsi_tree *tree, const struct dsi_class_list *classes,
                      size_t folder)
{
    if (tree->of_arrays || classes->of_folder[folder] != UINT32_MAX)
        return true;
    return (tree->n_classes == 0 || tree->takes_root) && folder == classes->root;
}

/* What its samples are sorted by before its path is; the root of a tree comes first by
 * that. */
static uint32_t rank_of_folder(const struct dsi_tree *tree,
                               const struct dsi_class_list *classes, size_t folder)
{
    if (tree->of_arrays || folder == classes->root)
        return 0;
    return classes->of_folder[folder];
}

static enum dsi_status list_runs(struct dsi_tree *tree,
                                 const struct dsi_class_list *classes,
                                 struct dsi_error *err)
{
    struct dsi_walk *walk = &tree->shared->walk;
    tree->runs = dsi_alloc_array(walk->n_folders, sizeof *tree->runs);
    if (!tree->runs)
        return dsi_fail_memory(err, walk->n_folders * sizeof *tree->runs);
    for (size_t i = 0; i < walk->n_folders; i++)
        if (is_member(tree, classes, i) && n_samples_in(tree, i) > 0)
            tree->runs[tree->n_runs++] = (struct dsi_tree_run){
                .folder = i, .class_index = rank_of_folder(tree, classes, i)};
    qsort_r(tree->runs, tree->n_runs, sizeof *tree->runs, compare_runs, walk->folders);
    if (tree->takes_root && tree->n_runs && tree->runs[0].folder == classes->root)
        tree->runs[0].class_index = DSI_TREE_NO_CLASS;
    for (size_t r = 0; r < tree->n_runs; r++) {
        tree->runs[r].first_sample = tree->n_samples;
        tree->n_samples += n_samples_in(tree, tree->runs[r].folder);
    }
    return DSI_OK;
}

static enum dsi_status cut_classes(struct dsi_tree *tree, struct dsi_error *err)
{
    tree->class_first =
        dsi_alloc_zeroed((uint64_t)tree->n_classes + 1, sizeof(uint64_t));
    tree->class_block =
        dsi_alloc_zeroed((uint64_t)tree->n_classes + 1, sizeof(uint64_t));
    if (!tree->class_first || !tree->class_block)
        return dsi_fail_memory(err, (tree->n_classes + 1) * sizeof(uint64_t));
    size_t r = tree->n_runs && tree->runs[0].class_index == DSI_TREE_NO_CLASS;
    tree->class_first[0] = r ? n_samples_in(tree, tree->runs[0].folder) : 0;
    for (size_t c = 0; c < tree->n_classes; c++) {
        uint64_t n = 0;
        for (; r < tree->n_runs && tree->runs[r].class_index == c; r++)
            n += n_samples_in(tree, tree->runs[r].folder);
        tree->class_first[c + 1] = tree->class_first[c] + n;
        tree->class_block[c + 1] = tree->class_block[c] +
                                   n / DSI_TREE_SAMPLES_PER_BLOCK +
                                   (n % DSI_TREE_SAMPLES_PER_BLOCK != 0);
    }
    return DSI_OK;
}

/* With classes NULL it is the part of the array files, whose headers alone are of
 * interest. */
static enum dsi_status add_tree(const struct dsi_opening *opening,
                                struct dsi_shared_walk *shared,
                                const struct dsi_class_list *classes, size_t group,
                                struct dsi_error *err)
{
    bool of_arrays = classes == NULL;
    struct dsi_tree *tree = dsi_alloc_zeroed(1, sizeof *tree);
    if (!tree)
        return dsi_fail_memory(err, sizeof *tree);
    tree->shared = shared;
    shared->n_users++;
    tree->options = &opening->dataset->options.open;
    tree->of_arrays = of_arrays;
    tree->n_classes = of_arrays ? 0 : classes->n;
    tree->takes_root = tree->n_classes && opening->dataset->options.labels_optional;
    enum dsi_status status = list_runs(tree, classes, err);
    if (status == DSI_OK)
        status = cut_classes(tree, err);
    if (status != DSI_OK) {
        dsi_tree_free(tree);
        return status;
    }
    struct dsi_part part = {.layout = &dsi_layout_tree,
                            .group = group,
                            .n_samples = of_arrays ? 0 : tree->n_samples,
                            .has_labels = tree->n_classes > 0,
                            .state = tree};
    return dsi_dataset_add_part(opening->dataset, &part, err);
}

/* --- classes
 * -------------------------------------------------------------------------- */

static uint64_t n_images_below(const struct dsi_walk *walk,
                               const struct dsi_class_list *classes)
{
    uint64_t n = 0;
    for (size_t i = 0; i < walk->n_folders; i++)
        if (classes->of_folder[i] != UINT32_MAX)
            n += walk->folders[i].n_images;
    return n;
}

static enum dsi_status name_classes(struct dsi_group *group,
                                    const struct dsi_walk *walk,
                                    const struct dsi_class_list *classes,
                                    struct dsi_error *err)
{
    group->classes = dsi_alloc_zeroed(classes->n, sizeof *group->classes);
    if (!group->classes)
        return dsi_fail_memory(err, classes->n * sizeof *group->classes);
    for (; group->n_classes < classes->n; group->n_classes++) {
        const char *name =
            dsi_base_name(walk->folders[classes->folders[group->n_classes]].path);
        group->classes[group->n_classes] = dsi_text_copy(name, strlen(name));
        if (!group->classes[group->n_classes])
            return dsi_fail_memory(err, strlen(name));
    }
    return DSI_OK;
}

/* --- a root: the tree's, or a split's
 * --------------------------------------------------- */

static enum dsi_status open_classes(const struct dsi_opening *opening,
                                    struct dsi_shared_walk *shared,
                                    struct dsi_class_list *classes, size_t group,
                                    struct dsi_error *err)
{
    const struct dsi_walk *walk = &shared->walk;
    if (classes->n) {
        DSI_TRY(name_classes(&opening->dataset->groups[group], walk, classes, err));
        if (!opening->dataset->options.labels_optional)
            DSI_TRY(dsi_tree_note_classes(opening, walk, classes, err));
        if (classes->root == 0)
            DSI_TRY(dsi_tree_note_split_names(opening, walk, classes, err));
    }
    return add_tree(opening, shared, classes, group, err);
}

/* The input itself, or the folder of a split. */
static enum dsi_status set_source(const struct dsi_opening *opening,
                                  const struct dsi_shared_walk *shared, size_t root,
                                  size_t group, struct dsi_error *err)
{
    struct dsi_bytes path = {0};
    const char *folder = shared->walk.folders[root].path;
    opening->dataset->groups[group].channels = dsi_channels_of_pictures();
    if (*folder == '\0')
        return DSI_OK;
    enum dsi_status status = dsi_walk_path(&shared->walk, root, "", &path, err);
    if (status == DSI_OK) {
        size_t n = strlen((const char *)path.data);
        n -= n && path.data[n - 1] == '/';
        status = dsi_group_set_source(&opening->dataset->groups[group],
                                      (const char *)path.data, n, err);
    }
    dsi_bytes_free(&path);
    return status;
}

static bool wants_values_alone(const struct dsi_opening *opening)
{
    unsigned need = opening->dataset->options.need;
    return need & DSI_NEED_VALUES && !(need & DSI_NEED_LABELS);
}

/* Whether pictures in no class folder are samples, too. */
static bool takes_every_picture(const struct dsi_opening *opening)
{
    return wants_values_alone(opening) || opening->dataset->options.labels_optional;
}

/* Whether the folders of the root are classes, or mere folders: classes->n is 0 then. A
 * tree without a sample is no input, unless files are to be described. */
static enum dsi_status judge_classes(const struct dsi_opening *opening,
                                     const struct dsi_walk *walk,
                                     struct dsi_class_list *classes,
                                     struct dsi_error *err)
{
    unsigned need = opening->dataset->options.need;
    bool is_flat = n_images_below(walk, classes) == 0;
    if (is_flat || wants_values_alone(opening))
        classes->n = 0;
    if ((dsi_opening_is_for_labels(opening) && is_flat) ||
        (need == DSI_NEED_VALUES && walk->images.n == 0) ||
        (opening->dataset->options.labels_optional && walk->images.n == 0))
        return dsi_tree_fail_unlabelled(walk, classes->root, err);
    return DSI_OK;
}

/* A group of its own, named so, of the pictures in the folders of classes. */
static enum dsi_status open_group(const struct dsi_opening *opening,
                                  struct dsi_shared_walk *shared,
                                  struct dsi_class_list *classes, const char *name,
                                  struct dsi_error *err)
{
    size_t group;
    DSI_TRY(dsi_dataset_add_group(opening->dataset, name, &group, err));
    DSI_TRY(set_source(opening, shared, classes->root, group, err));
    return open_classes(opening, shared, classes, group, err);
}

static enum dsi_status open_root(const struct dsi_opening *opening,
                                 struct dsi_shared_walk *shared, size_t root,
                                 const char *name, struct dsi_error *err)
{
    struct dsi_class_list classes;
    DSI_TRY(list_classes(&shared->walk, root, &classes, err));
    enum dsi_status status = judge_classes(opening, &shared->walk, &classes, err);
    if (status == DSI_OK)
        status = open_group(opening, shared, &classes, name, err);
    free_classes(&classes);
    return status;
}

/* Pictures beside the folders of splits are samples where no labels are asked for, or
 * need not be there: a group of their own, after the splits. */
static enum dsi_status open_beside_splits(const struct dsi_opening *opening,
                                          struct dsi_shared_walk *shared,
                                          struct dsi_class_list *splits,
                                          struct dsi_error *err)
{
    if (!takes_every_picture(opening) || shared->walk.folders[0].n_images == 0)
        return DSI_OK;
    memset(splits->of_folder, 0xff, shared->walk.n_folders * sizeof(uint32_t));
    splits->n = 0;
    return open_group(opening, shared, splits, opening->input, err);
}

static enum dsi_status open_splits(const struct dsi_opening *opening,
                                   struct dsi_shared_walk *shared,
                                   struct dsi_error *err)
{
    struct dsi_class_list splits;
    DSI_TRY(list_classes(&shared->walk, 0, &splits, err));
    opening->dataset->has_splits = true;
    enum dsi_status status = DSI_OK;
    for (size_t s = 0; s < splits.n && status == DSI_OK; s++) {
        const char *name = shared->walk.folders[splits.folders[s]].path;
        char full[4096];
        if (opening->dataset->has_many_inputs)
            snprintf(full, sizeof full, "%s/%s", shared->walk.root, name);
        else
            snprintf(full, sizeof full, "%s", name);
        status = open_root(opening, shared, splits.folders[s], full, err);
    }
    if (status == DSI_OK)
        status = open_beside_splits(opening, shared, &splits, err);
    free_classes(&splits);
    return status;
}

enum dsi_status dsi_layout_tree_open(const struct dsi_opening *opening,
                                     const char *path, struct dsi_error *err)
{
    unsigned need = opening->dataset->options.need;
    if (opening->dataset->options.split && !opening->dataset->options.labels)
        return dsi_fail(err, DSI_ERR_USAGE,
                        "--split is for tables and files of arrays: of an image tree "
                        "name the folder of the split");
    struct dsi_shared_walk *shared = dsi_alloc_zeroed(1, sizeof *shared);
    if (!shared)
        return dsi_fail_memory(err, sizeof *shared);
    bool opens_files = need & (DSI_NEED_HEADER | DSI_NEED_VALUES | DSI_NEED_FILES);
    bool keeps_names = opens_files || opening->dataset->options.wants_paths;
    enum dsi_status status = dsi_walk(&shared->walk, path, &opening->dataset->options,
                                      keeps_names, opening->report, err);
    if (status != DSI_OK) {
        free(shared);
        return status;
    }
    shared->n_users = 1; /* this function, until the parts hold it */
    bool splits = has_splits(&shared->walk);
    status = dsi_tree_note_walk(opening, &shared->walk, splits, err);
    if (status == DSI_OK)
        status = splits ? open_splits(opening, shared, err)
                        : open_root(opening, shared, 0, opening->input, err);
    if (status == DSI_OK && opens_files && shared->walk.arrays.n > 0)
        status = add_tree(opening, shared, NULL, opening->dataset->n_groups - 1, err);
    if (--shared->n_users == 0) {
        dsi_walk_free(&shared->walk);
        free(shared);
    }
    return status;
}
