/* A name of the baseline is "DATASET: TOOL.rows[COLUMN=VALUE,...].COLUMN", escaped.
 * What stands before the bracket and each COLUMN=VALUE has a key, so that a check of
 * one row does not look at all that have gone. */
#include "check_gone.h"

#include <stdlib.h>
#include <string.h>

/* Behind COLUMN=VALUE; in quotes, what follows a backslash (%5c) stands for itself. */
static const char *end_of(const char *at)
{
    at += strcspn(at, "=");
    if (strncmp(at, "=\"", 2) != 0)
        return at + strcspn(at, ",]");
    for (at += 2; *at && *at != '"'; at++)
        if (strncmp(at, "%5c", 3) == 0)
            at += strncmp(at + 3, "%5c", 3) == 0 ? 5 : 3;
    return *at ? at + 1 : at;
}

static enum dsi_status add_key(struct dsi_gone *gone, const char *text, size_t n,
                               struct dsi_error *err)
{
    struct dsi_row_key *keys =
        dsi_grow_array(gone->keys, gone->n_keys, &gone->capacity, sizeof *keys);
    if (!keys)
        return dsi_fail_memory(err, sizeof *keys);
    gone->keys = keys;
    keys[gone->n_keys++] = dsi_row_key(text, n, gone->n);
    return DSI_OK;
}

static enum dsi_status add_value(struct dsi_gone *gone,
                                 const struct dsi_baseline_value *value,
                                 struct dsi_error *err)
{
    const char *rows = strstr(value->name, ".rows[");
    if (!rows)
        return DSI_OK;
    rows += strlen(".rows");
    DSI_TRY(add_key(gone, value->name, (size_t)(rows - value->name), err));
    for (const char *at = rows, *end; *at && *at != ']'; at = end) {
        end = end_of(at + 1);
        DSI_TRY(add_key(gone, at + 1, (size_t)(end - at - 1), err));
    }
    gone->values[gone->n++] = value;
    return DSI_OK;
}

enum dsi_status dsi_gone_find(struct dsi_gone *gone,
                              const struct dsi_baseline *baseline,
                              const struct dsi_baseline *tonight, struct dsi_error *err)
{
    gone->values = dsi_alloc_array(baseline->n + 1, sizeof(void *));
    if (!gone->values)
        return dsi_fail_memory(err, baseline->n);
    for (size_t i = 0; i < baseline->n; i++)
        if (!dsi_baseline_find_read(tonight, baseline->values[i].name))
            DSI_TRY(add_value(gone, &baseline->values[i], err));
    dsi_row_keys_sort(gone->keys, gone->n_keys);
    return DSI_OK;
}

void dsi_gone_free(struct dsi_gone *gone)
{
    free(gone->values);
    free(gone->keys);
}

/* --- of a metric --------------------------------------------------------------------
 */

/* text, as the baseline has it, is a word; it is emptied. */
static enum dsi_status add_like(struct dsi_words *like, struct dsi_bytes *text,
                                struct dsi_error *err)
{
    struct dsi_bytes name = {0};
    DSI_TRY(dsi_bytes_append(text, "", 1, err));
    enum dsi_status status = dsi_baseline_name((const char *)text->data, &name, err);
    if (status == DSI_OK)
        status = dsi_words_printf(like, err, "%s", (const char *)name.data);
    text->n = 0;
    dsi_bytes_free(&name);
    return status;
}

static enum dsi_status add_likes(struct dsi_words *like, const char *dataset,
                                 const struct dsi_metric *metric,
                                 struct dsi_bytes *text, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(text, err, "%s: %s.rows", dataset, metric->tool));
    DSI_TRY(add_like(like, text, err));
    for (size_t i = 0; i < metric->n_selectors; i++) {
        const struct dsi_selector *selector = &metric->selectors[i];
        DSI_TRY(dsi_bytes_printf(text, err, "%s=", selector->column));
        DSI_TRY(dsi_metric_write_value(selector->value, text, err));
        DSI_TRY(add_like(like, text, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_gone_search(const struct dsi_gone *gone, const char *dataset,
                                const struct dsi_metric *metric,
                                struct dsi_gone_search *search, struct dsi_error *err)
{
    struct dsi_bytes text = {0};
    const enum dsi_status status =
        add_likes(&search->like, dataset, metric, &text, err);
    dsi_bytes_free(&text);
    search->n = SIZE_MAX;
    for (size_t i = 0; i < search->like.n && status == DSI_OK; i++) {
        size_t n;
        const struct dsi_row_key *keys =
            dsi_row_keys_find(gone->keys, gone->n_keys, search->like.items[i], &n);
        if (n < search->n) {
            search->keys = keys;
            search->n = n;
        }
    }
    return status;
}

/* Whether COLUMN=VALUE is one of those in [...]. */
static bool has_selector(const char *rows, const char *selector)
{
    const size_t n = strlen(selector);
    for (const char *end; *rows && *rows != ']'; rows = end) {
        end = end_of(rows + 1);
        if ((size_t)(end - rows) == n + 1 && memcmp(rows + 1, selector, n) == 0)
            return true;
    }
    return false;
}

static bool is_like(const char *name, const char *key, const struct dsi_words *like)
{
    const size_t n_name = strlen(name), n_key = strlen(key), n = strlen(like->items[0]);
    if (strncmp(name, like->items[0], n) != 0 || n_name <= n + n_key ||
        strcmp(name + n_name - n_key, key) != 0 || name[n_name - n_key - 1] != '.')
        return false;
    for (size_t i = 1; i < like->n; i++)
        if (!has_selector(name + n, like->items[i]))
            return false;
    return true;
}

bool dsi_gone_next(const struct dsi_gone *gone, const struct dsi_metric *metric,
                   struct dsi_gone_search *search)
{
    while (search->next < search->n) {
        search->value = gone->values[search->keys[search->next++].row];
        if (!is_like(search->value->name, metric->key, &search->like))
            continue;
        search->path = search->value->name + strlen(search->like.items[0]) -
                       strlen(metric->tool) - strlen(".rows");
        return true;
    }
    return false;
}
