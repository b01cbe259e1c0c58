/* Keys that are collected, each interval's by themselves. */
#include "quantile_state.h"

#include <stdlib.h>
#include <string.h>

size_t dsi_key_log_size(const struct dsi_quantile_plan *plan)
{
    const unsigned rest = dsi_quantile_plan_rest(plan);
    return rest <= 16 ? 2 : rest <= 32 ? 4 : 8;
}

static enum dsi_status take_lists(struct dsi_quantiles *quantiles,
                                  struct dsi_error *err)
{
    const size_t n = quantiles->plan->n_intervals;
    struct dsi_key_log *log = &quantiles->log;
    if (!log->lists)
        log->lists = dsi_alloc_zeroed(n, sizeof *log->lists);
    return log->lists ? DSI_OK : dsi_fail_memory(err, n * sizeof *log->lists);
}

/* Room for n_more further keys. Grows by half: what an interval holds in all is known,
 * and no list grows beyond it. */
static enum dsi_status make_room(struct dsi_quantiles *quantiles, size_t interval,
                                 uint64_t n_more, struct dsi_error *err)
{
    enum { FIRST = 32 };
    const size_t size = dsi_key_log_size(quantiles->plan);
    const uint64_t max = quantiles->plan->intervals[interval].n;
    DSI_TRY(take_lists(quantiles, err));
    struct dsi_key_list *list = quantiles->log.lists + interval;
    if (n_more > max - list->n)
        return dsi_fail(err, DSI_ERR_MALFORMED, "the data changed while it was read");
    if (n_more <= list->capacity - list->n)
        return DSI_OK;
    uint64_t capacity = list->capacity + list->capacity / 2 + FIRST;
    if (capacity < list->n + n_more)
        capacity = list->n + n_more;
    if (capacity > max)
        capacity = max;
    void *keys = dsi_realloc_array(list->keys, capacity, size);
    if (!keys)
        return dsi_fail_memory(err, capacity * size);
    list->keys = keys;
    list->capacity = capacity;
    return DSI_OK;
}

enum dsi_status dsi_key_log_add(struct dsi_quantiles *quantiles, size_t interval,
                                uint64_t key, uint64_t times, struct dsi_error *err)
{
    const size_t size = dsi_key_log_size(quantiles->plan);
    const uint64_t part = key - quantiles->plan->intervals[interval].first_key;
    DSI_TRY(make_room(quantiles, interval, times, err));
    struct dsi_key_list *list = quantiles->log.lists + interval;
    for (const uint64_t end = list->n + times; list->n < end; list->n++) {
        if (size == 2)
            ((uint16_t *)list->keys)[list->n] = (uint16_t)part;
        else if (size == 4)
            ((uint32_t *)list->keys)[list->n] = (uint32_t)part;
        else
            ((uint64_t *)list->keys)[list->n] = part;
    }
    return DSI_OK;
}

enum dsi_status dsi_key_log_merge(struct dsi_quantiles *into,
                                  const struct dsi_quantiles *from,
                                  struct dsi_error *err)
{
    if (!from->log.lists)
        return DSI_OK;
    const size_t size = dsi_key_log_size(into->plan);
    for (size_t i = 0; i < from->plan->n_intervals; i++) {
        const struct dsi_key_list *more = from->log.lists + i;
        if (more->n == 0)
            continue;
        DSI_TRY(make_room(into, i, more->n, err));
        struct dsi_key_list *list = into->log.lists + i;
        memcpy((uint8_t *)list->keys + list->n * size, more->keys,
               (size_t)more->n * size);
        list->n += more->n;
    }
    return DSI_OK;
}

struct dsi_key_list dsi_key_log_of(const struct dsi_quantiles *quantiles,
                                   size_t interval)
{
    return quantiles->log.lists ? quantiles->log.lists[interval]
                                : (struct dsi_key_list){0};
}

void dsi_key_log_free(struct dsi_quantiles *quantiles)
{
    struct dsi_key_log *log = &quantiles->log;
    for (size_t i = 0; log->lists && i < quantiles->plan->n_intervals; i++)
        free(log->lists[i].keys);
    free(log->lists);
    log->lists = NULL;
}
