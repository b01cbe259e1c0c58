#include "key_tiles.h"

/* Columns are taken in groups of up to DSI_KEY_GROUP, down many rows at a time: a
 * column's counters are fetched once for all of a tile's rows, and those of a group are
 * not too many for the caches; no group is much smaller than the others. Measured on 30
 * to 20,000 columns of a normal distribution; rows as they stand took half as long
 * again at 30 columns, and five times as long at 4,096. */

struct walk {
    enum dsi_cpu_level level;
    const struct dsi_key_form *form;
    const struct dsi_values *view;
    uint16_t *bins;
    dsi_key_tile_fn *each;
    void *context;
};

static const void *value_at(const struct walk *walk, uint64_t i)
{
    return (const uint8_t *)walk->view->data + i * walk->form->size;
}

static enum dsi_status column_group(const struct walk *walk, uint64_t channel,
                                    size_t n_columns, struct dsi_error *err)
{
    const uint64_t n_outer = walk->view->n_outer, across = walk->view->n_channels;
    const size_t at_once = DSI_KEY_TILE / n_columns;
    for (uint64_t outer = 0; outer < n_outer; outer += at_once) {
        const struct dsi_key_tile tile = {
            .bins = walk->bins,
            .channel = channel,
            .n_columns = n_columns,
            .n = n_outer - outer < at_once ? (size_t)(n_outer - outer) : at_once,
            .first = outer * across + channel,
            .row_step = across,
        };
        if (n_columns == across)
            dsi_key_bins(walk->level, walk->form, value_at(walk, tile.first),
                         tile.n * n_columns, walk->bins);
        else
            for (size_t i = 0; i < tile.n; i++)
                dsi_key_bins(walk->level, walk->form,
                             value_at(walk, tile.first + i * across), n_columns,
                             walk->bins + i * n_columns);
        DSI_TRY(walk->each(walk->context, walk->view, &tile, err));
    }
    return DSI_OK;
}

static enum dsi_status columns(const struct walk *walk, struct dsi_error *err)
{
    const uint64_t n = walk->view->n_channels;
    const uint64_t n_groups = (n + DSI_KEY_GROUP - 1) / DSI_KEY_GROUP;
    const uint64_t width = (n + n_groups - 1) / n_groups;
    for (uint64_t at = 0; at < n; at += width)
        DSI_TRY(column_group(walk, at, (size_t)(n - at < width ? n - at : width), err));
    return DSI_OK;
}

/* Runs of run neighbours of one channel: planes of pictures, one column, all. */
static enum dsi_status runs(const struct walk *walk, uint64_t run,
                            struct dsi_error *err)
{
    const uint64_t n = dsi_values_n(walk->view), n_channels = walk->view->n_channels;
    uint64_t left = run, channel = 0;
    for (uint64_t at = 0, part; at < n; at += part) {
        part = n - at < DSI_KEY_TILE ? n - at : DSI_KEY_TILE;
        dsi_key_bins(walk->level, walk->form, value_at(walk, at), (size_t)part,
                     walk->bins);
        for (uint64_t i = 0, m; i < part; i += m) {
            m = left < part - i ? left : part - i;
            const struct dsi_key_tile tile = {.bins = walk->bins + i,
                                              .channel = channel,
                                              .n_columns = 1,
                                              .n = (size_t)m,
                                              .first = at + i,
                                              .row_step = 1};
            DSI_TRY(walk->each(walk->context, walk->view, &tile, err));
            left -= m;
            if (left == 0) {
                left = run;
                channel = channel + 1 == n_channels ? 0 : channel + 1;
            }
        }
    }
    return DSI_OK;
}

enum dsi_status dsi_key_tiles(enum dsi_cpu_level level, const struct dsi_key_form *form,
                              const struct dsi_values *view, uint16_t *bins,
                              dsi_key_tile_fn *each, void *context,
                              struct dsi_error *err)
{
    const struct walk walk = {.level = level,
                              .form = form,
                              .view = view,
                              .bins = bins,
                              .each = each,
                              .context = context};
    if (view->n_channels > 1 && view->n_inner == 1)
        return columns(&walk, err);
    return runs(&walk, view->n_channels == 1 ? dsi_values_n(view) : view->n_inner, err);
}
