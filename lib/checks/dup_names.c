/* Paths of pictures that came with the states of shards. */
#include "dups_state.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct dsi_dup_name *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

enum dsi_status dsi_dup_names_add(struct dsi_dup_names *names,
                                  const struct dsi_dup_sample *sample, const char *text,
                                  size_t n, struct dsi_error *err)
{
    struct dsi_dup_name *grown =
        dsi_grow_array(names->names, names->n, &names->capacity, sizeof *grown);
    if (!grown)
        return dsi_fail_memory(err, names->n * sizeof *grown);
    names->names = grown;
    const size_t at = names->text.n;
    DSI_TRY(dsi_bytes_append(&names->text, text, n, err));
    DSI_TRY(dsi_bytes_append(&names->text, "", 1, err));
    names->names[names->n++] = (struct dsi_dup_name){sample->group, sample->index, at};
    names->is_sorted = false;
    return DSI_OK;
}

enum dsi_status dsi_dup_names_merge(struct dsi_dup_names *into,
                                    const struct dsi_dup_names *from,
                                    struct dsi_error *err)
{
    for (size_t i = 0; i < from->n; i++) {
        const struct dsi_dup_name *name = &from->names[i];
        const struct dsi_dup_sample sample = {.group = name->group,
                                              .index = name->index};
        const char *text = (const char *)from->text.data + name->at;
        DSI_TRY(dsi_dup_names_add(into, &sample, text, strlen(text), err));
    }
    return DSI_OK;
}

const char *dsi_dup_names_find(struct dsi_dup_names *names, uint64_t group,
                               uint64_t index)
{
    const struct dsi_dup_name wanted = {.group = group, .index = index}, *found;
    if (!names->is_sorted && names->n)
        qsort(names->names, names->n, sizeof *names->names, compare);
    names->is_sorted = true;
    found = names->n ? bsearch(&wanted, names->names, names->n, sizeof wanted, compare)
                     : NULL;
    return found ? (const char *)names->text.data + found->at : NULL;
}

void dsi_dup_names_free(struct dsi_dup_names *names)
{
    if (!names)
        return;
    dsi_bytes_free(&names->text);
    free(names->names);
    free(names);
}
