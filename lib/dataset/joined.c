#include "joined.h"

#include "rows_layout.h"

#include <stdlib.h>
#include <string.h>

/* Each dataset keeps its files open, and may have a helper for each, which talks
 * through descriptors, too; and every part is held against every other. */
enum { MAX_FILES = 64, DESCRIPTORS_A_FILE = 32, MAX_PARTS = 1024 };

bool dsi_dataset_can_be_joined(const struct dsi_dataset *dataset,
                               uint64_t n_descriptors)
{
    size_t n_files = 0;
    for (const struct dsi_open_file *f = dataset->files; f; f = f->next)
        n_files++;
    if (n_files > MAX_FILES || n_files > n_descriptors / DESCRIPTORS_A_FILE ||
        dataset->n_parts > MAX_PARTS || !dsi_dataset_can_rescan(dataset) ||
        dataset->options.need & ~(unsigned)(DSI_NEED_LABELS | DSI_NEED_VALUES))
        return false;
    for (size_t p = 0; p < dataset->n_parts; p++) {
        const struct dsi_part *part = &dataset->parts[p];
        if (part->layout != &dsi_layout_rows ||
            ((const struct dsi_rows_layout *)part->state)->n_splits)
            return false;
    }
    return dataset->n_parts > 0;
}

/* --- which parts are one ------------------------------------------------------------
 */

static bool is_same_column(const struct dsi_column_ref *a,
                           const struct dsi_column_ref *b)
{
    if (!a->file || !b->file)
        return a->file == b->file;
    return a->array == b->array && !a->table == !b->table &&
           strcmp(a->file->name, b->file->name) == 0;
}

/* Whether who needs that much of one has it in the other. */
static bool covers(const struct dsi_part *other, const struct dsi_part *one,
                   unsigned need)
{
    const struct dsi_rows_layout *x = other->state, *y = one->state;
    return other->n_samples == one->n_samples &&
           (!(need & DSI_NEED_VALUES) || is_same_column(&x->values, &y->values)) &&
           (!(need & DSI_NEED_LABELS) || is_same_column(&x->labels, &y->labels));
}

/* On the way to be joined. */
struct joining {
    struct dsi_joined *joined;
    size_t n_most;   /* parts there may be */
    unsigned *needs; /* of each part: of the datasets it is a part of */
};

/* The part of all that is to stand for this one; a new one where there is none. A
 * dataset has no part twice. */
static size_t place_part(struct joining *j, size_t d, const struct dsi_part *part,
                         unsigned need)
{
    struct dsi_dataset *all = &j->joined->dataset;
    for (size_t p = 0; p < all->n_parts; p++) {
        const bool is_covered = covers(&all->parts[p], part, need);
        if (j->joined->group_of_part[d][p] != SIZE_MAX ||
            (!is_covered && !covers(part, &all->parts[p], j->needs[p])))
            continue;
        if (!is_covered)
            all->parts[p] = *part;
        return p;
    }
    all->parts[all->n_parts] = *part;
    return all->n_parts++;
}

static void join_parts(struct joining *j, const struct dsi_dataset *const *datasets)
{
    for (size_t d = 0; d < j->joined->n_datasets; d++)
        for (size_t p = 0; p < datasets[d]->n_parts; p++) {
            const struct dsi_part *part = &datasets[d]->parts[p];
            const unsigned need = datasets[d]->options.need;
            const size_t at = place_part(j, d, part, need);
            j->joined->group_of_part[d][at] = part->group;
            j->needs[at] |= need;
        }
}

/* --- all of it ----------------------------------------------------------------------
 */

static enum dsi_status list_files(struct dsi_joined *joined,
                                  const struct dsi_dataset *const *datasets,
                                  struct dsi_error *err)
{
    size_t n = 0;
    for (size_t d = 0; d < joined->n_datasets; d++)
        for (const struct dsi_open_file *f = datasets[d]->files; f; f = f->next)
            n++;
    joined->files = dsi_alloc_array(n, sizeof *joined->files);
    if (!joined->files)
        return dsi_fail_memory(err, n * sizeof *joined->files);
    size_t at = 0;
    for (size_t d = 0; d < joined->n_datasets; d++)
        for (const struct dsi_open_file *f = datasets[d]->files; f; f = f->next, at++) {
            joined->files[at] = *f;
            joined->files[at].next = at + 1 < n ? &joined->files[at + 1] : NULL;
        }
    joined->dataset.files = n ? joined->files : NULL;
    return DSI_OK;
}

static enum dsi_status make_room(struct joining *j, struct dsi_error *err)
{
    struct dsi_joined *joined = j->joined;
    joined->dataset.parts = dsi_alloc_zeroed(j->n_most, sizeof *joined->dataset.parts);
    joined->group_of_part =
        dsi_alloc_zeroed(joined->n_datasets, sizeof *joined->group_of_part);
    j->needs = dsi_alloc_zeroed(j->n_most, sizeof *j->needs);
    bool is_made = joined->dataset.parts && joined->group_of_part && j->needs;
    for (size_t d = 0; is_made && d < joined->n_datasets; d++) {
        joined->group_of_part[d] =
            dsi_alloc_array(j->n_most, sizeof **joined->group_of_part);
        is_made = joined->group_of_part[d] != NULL;
        for (size_t p = 0; is_made && p < j->n_most; p++)
            joined->group_of_part[d][p] = SIZE_MAX;
    }
    return is_made ? DSI_OK : dsi_fail_memory(err, j->n_most * sizeof(size_t));
}

enum dsi_status dsi_dataset_join(struct dsi_joined *joined,
                                 const struct dsi_dataset *const *datasets,
                                 size_t n_datasets, struct dsi_error *err)
{
    *joined = (struct dsi_joined){.n_datasets = n_datasets};
    struct joining j = {.joined = joined};
    joined->dataset.options = datasets[0]->options;
    for (size_t d = 0; d < n_datasets; d++) {
        joined->dataset.options.need |= datasets[d]->options.need;
        j.n_most += datasets[d]->n_parts;
    }
    enum dsi_status status = make_room(&j, err);
    if (status == DSI_OK)
        status = list_files(joined, datasets, err);
    if (status == DSI_OK)
        join_parts(&j, datasets);
    free(j.needs);
    return status;
}

void dsi_joined_free(struct dsi_joined *joined)
{
    for (size_t d = 0; joined->group_of_part && d < joined->n_datasets; d++)
        free(joined->group_of_part[d]);
    free(joined->group_of_part);
    free(joined->dataset.parts);
    free(joined->files);
    *joined = (struct dsi_joined){0};
}
