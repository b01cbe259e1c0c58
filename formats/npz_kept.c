#include "npz_kept.h"

#include <stdlib.h>

enum dsi_status dsi_kept_start(struct dsi_kept *kept, struct dsi_error *err)
{
    *kept = (struct dsi_kept){0};
    if (pthread_mutex_init(&kept->mutex, NULL) != 0)
        return dsi_fail_memory(err, sizeof kept->mutex);
    if (pthread_cond_init(&kept->ready, NULL) != 0) {
        pthread_mutex_destroy(&kept->mutex);
        return dsi_fail_memory(err, sizeof kept->ready);
    }
    return DSI_OK;
}

static void remove_item(struct dsi_kept *kept, struct dsi_kept_item *item)
{
    struct dsi_kept_item **at = &kept->items;
    while (*at != item)
        at = &(*at)->next;
    *at = item->next;
    dsi_bytes_free(&item->bytes);
    free(item);
}

void dsi_kept_stop(struct dsi_kept *kept)
{
    while (kept->items)
        remove_item(kept, kept->items);
    pthread_cond_destroy(&kept->ready);
    pthread_mutex_destroy(&kept->mutex);
}

/* Makes room for n bytes more, as far as nobody uses what there is. */
static void make_room(struct dsi_kept *kept, uint64_t n)
{
    for (;;) {
        struct dsi_kept_item *oldest = NULL;
        uint64_t sum = n;
        for (struct dsi_kept_item *item = kept->items; item; item = item->next) {
            sum += item->n_bytes;
            if (item->n_users == 0 && (!oldest || item->last_used < oldest->last_used))
                oldest = item;
        }
        if (!oldest || sum <= DSI_KEPT_BYTES)
            return;
        remove_item(kept, oldest);
    }
}

static struct dsi_kept_item *find(const struct dsi_kept *kept, uint64_t offset)
{
    struct dsi_kept_item *item = kept->items;
    while (item && item->offset != offset)
        item = item->next;
    return item;
}

static struct dsi_kept_item *add(struct dsi_kept *kept,
                                 const struct dsi_deflated *deflated)
{
    struct dsi_kept_item *item = dsi_alloc_zeroed(1, sizeof *item);
    if (!item)
        return NULL;
    item->offset = deflated->offset;
    item->n_bytes = deflated->n_bytes;
    item->next = kept->items;
    kept->items = item;
    return item;
}

/* Inflates with the mutex open, so that other members can be inflated meanwhile. */
static void fill(struct dsi_kept *kept, struct dsi_kept_item *item,
                 const struct dsi_deflated *deflated)
{
    struct dsi_bytes compressed = {0};
    pthread_mutex_unlock(&kept->mutex);
    item->error.status =
        dsi_inflate_whole(deflated, &item->bytes, &compressed, &item->error);
    dsi_bytes_free(&compressed);
    pthread_mutex_lock(&kept->mutex);
    item->is_ready = true;
    pthread_cond_broadcast(&kept->ready);
}

/* With the mutex held. One that failed for the machine's sake may be had another time.
 */
static void let_go(struct dsi_kept *kept, struct dsi_kept_item *item)
{
    bool is_final =
        item->error.status == DSI_OK || dsi_status_is_data(item->error.status);
    if (--item->n_users == 0 && !is_final)
        remove_item(kept, item);
}

enum dsi_status dsi_kept_get(struct dsi_kept *kept, const struct dsi_deflated *deflated,
                             const struct dsi_kept_item **found, struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    pthread_mutex_lock(&kept->mutex);
    struct dsi_kept_item *item = find(kept, deflated->offset);
    bool is_new = !item;
    if (is_new) {
        make_room(kept, deflated->n_bytes);
        item = add(kept, deflated);
    }
    *found = item;
    if (!item) {
        pthread_mutex_unlock(&kept->mutex);
        return dsi_fail_memory(err, sizeof *item);
    }
    item->n_users++;
    item->last_used = ++kept->clock;
    if (is_new)
        fill(kept, item, deflated);
    while (!item->is_ready)
        pthread_cond_wait(&kept->ready, &kept->mutex);
    if (item->error.status != DSI_OK && !dsi_status_is_data(item->error.status)) {
        status = dsi_fail(err, item->error.status, "%s", item->error.message);
        let_go(kept, item);
    }
    pthread_mutex_unlock(&kept->mutex);
    return status;
}

void dsi_kept_let_go(struct dsi_kept *kept, const struct dsi_kept_item *item)
{
    pthread_mutex_lock(&kept->mutex);
    let_go(kept, find(kept, item->offset));
    pthread_mutex_unlock(&kept->mutex);
}
