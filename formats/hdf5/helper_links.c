#include "helper_links.h"

#include "helper_error.h"

#include <stdlib.h>
#include <string.h>

const char *dsi_link_name(const struct dsi_links *links, size_t i)
{
    return (const char *)links->text.data + links->items[i].name;
}

void dsi_links_free(struct dsi_links *links)
{
    free(links->items);
    dsi_bytes_free(&links->text);
    *links = (struct dsi_links){0};
}

static enum dsi_status append(struct dsi_links *links, const char *name,
                              const H5L_info_t *info, struct dsi_error *err)
{
    struct dsi_link *items =
        dsi_grow_array(links->items, links->n, &links->capacity, sizeof *items);
    if (!items)
        return dsi_fail_memory(err, links->n * sizeof *items);
    links->items = items;
    const size_t start = links->text.n;
    DSI_TRY(dsi_bytes_append(&links->text, name, strlen(name) + 1, err));
    links->items[links->n++] = (struct dsi_link){
        .type = info->type,
        .address = info->type == H5L_TYPE_HARD ? info->u.address : HADDR_UNDEF,
        .name = start,
    };
    return DSI_OK;
}

struct taking {
    struct dsi_links *links;
    struct dsi_error *err;
    enum dsi_status status;
};

static herr_t take(hid_t group, const char *name, const H5L_info_t *info, void *data)
{
    struct taking *taking = data;
    (void)group;
    if (info->type == H5L_TYPE_SOFT)
        return 0;
    taking->status = append(taking->links, name, info, taking->err);
    return taking->status == DSI_OK ? 0 : 1;
}

static int by_name(const void *a, const void *b, void *text)
{
    return strcmp((const char *)text + ((const struct dsi_link *)a)->name,
                  (const char *)text + ((const struct dsi_link *)b)->name);
}

/* In whatever order libhdf5 has them, which spares it a table of its own. */
enum dsi_status dsi_links_read(struct dsi_links *links, hid_t group,
                               struct dsi_error *err)
{
    struct taking taking = {links, err, DSI_OK};
    hsize_t at = 0;
    *links = (struct dsi_links){0};
    herr_t code = H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, &at, take, &taking);
    enum dsi_status status = taking.status;
    if (code < 0)
        status = dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read all links");
    if (links->n)
        qsort_r(links->items, links->n, sizeof *links->items, by_name,
                links->text.data);
    return status;
}

static size_t slot(const struct dsi_number_set *set, uint64_t number)
{
    /* The golden ratio spreads addresses, which are multiples of 8, over the upper
     * bits. */
    const uint64_t hash = number * 0x9e3779b97f4a7c15u;
    size_t i = (size_t)(hash >> 20) & (set->n_slots - 1);
    while (set->slots[i] && set->slots[i] != number)
        i = (i + 1) & (set->n_slots - 1);
    return i;
}

static enum dsi_status grow(struct dsi_number_set *set, struct dsi_error *err)
{
    struct dsi_number_set larger = {.n = set->n,
                                    .n_slots = set->n_slots ? set->n_slots * 2 : 1024};
    larger.slots = dsi_alloc_zeroed(larger.n_slots, sizeof *larger.slots);
    if (!larger.slots)
        return dsi_fail_memory(err, larger.n_slots * sizeof *larger.slots);
    for (size_t i = 0; i < set->n_slots; i++)
        if (set->slots[i])
            larger.slots[slot(&larger, set->slots[i])] = set->slots[i];
    free(set->slots);
    *set = larger;
    return DSI_OK;
}

enum dsi_status dsi_number_set_add(struct dsi_number_set *set, uint64_t number,
                                   bool *is_new, struct dsi_error *err)
{
    if (set->n * 2 >= set->n_slots)
        DSI_TRY(grow(set, err));
    uint64_t *at = &set->slots[slot(set, number)];
    *is_new = *at == 0;
    set->n += *is_new;
    *at = number;
    return DSI_OK;
}

void dsi_number_set_free(struct dsi_number_set *set)
{
    free(set->slots);
    *set = (struct dsi_number_set){0};
}
