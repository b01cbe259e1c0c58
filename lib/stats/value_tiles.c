#include "value_tiles.h"

#include <string.h>

struct walk {
    const struct dsi_values *view;
    struct dsi_tile_room *room;
    const struct dsi_tile_folder *folder;
    size_t size; /* bytes of a value */
};

static void give(const struct walk *walk, const struct dsi_value_tile *tile)
{
    if (tile->n)
        walk->folder->each(walk->folder->context, walk->view, tile);
}

/* n rows of n_columns that stand `across` apart, each column to itself. */
#define DEFINE_TURN(type, suffix)                                                 \
    static void turn_##suffix(const type *restrict rows, size_t across, size_t n, \
                              size_t n_columns, type *restrict columns)           \
    {                                                                             \
        for (size_t i = 0; i < n; i++, rows += across)                            \
            for (size_t c = 0; c < n_columns; c++)                                \
                columns[c * DSI_TILE_PITCH + i] = rows[c];                        \
    }

DEFINE_TURN(uint16_t, 16)
DEFINE_TURN(uint32_t, 32)
DEFINE_TURN(uint64_t, 64)

static void turn(const struct walk *walk, uint64_t at, size_t n, size_t n_columns)
{
    const size_t across = (size_t)walk->view->n_channels;
    const uint8_t *rows = (const uint8_t *)walk->view->data + at * walk->size;
    void *columns = walk->room->values;
    if (walk->size == 2)
        turn_16((const void *)rows, across, n, n_columns, columns);
    else if (walk->size == 4)
        turn_32((const void *)rows, across, n, n_columns, columns);
    else
        turn_64((const void *)rows, across, n, n_columns, columns);
}

static void column_group(const struct walk *walk, uint64_t channel, size_t n_columns)
{
    const struct dsi_values *view = walk->view;
    for (uint64_t outer = 0; outer < view->n_outer; outer += DSI_VALUE_TILE) {
        const uint64_t left = view->n_outer - outer;
        struct dsi_value_tile tile = {
            .n = left < DSI_VALUE_TILE ? (size_t)left : DSI_VALUE_TILE, .first = outer};
        turn(walk, outer * view->n_channels + channel, tile.n, n_columns);
        for (size_t c = 0; c < n_columns; c++) {
            tile.values = walk->room->values + c * DSI_TILE_PITCH * walk->size;
            tile.channel = channel + c;
            tile.slot = c;
            give(walk, &tile);
        }
    }
    for (size_t c = 0; c < n_columns; c++)
        walk->folder->end(walk->folder->context, view, channel + c, c);
}

/* Groups of as many columns as a cache line of a row holds. */
static void columns(const struct walk *walk)
{
    const uint64_t n = walk->view->n_channels;
    const size_t group = DSI_TILE_GROUP_BYTES / walk->size;
    for (uint64_t at = 0; at < n; at += group)
        column_group(walk, at, n - at < group ? (size_t)(n - at) : group);
}

/* A channel's values from number `at` on that follow on each other. */
struct stretch {
    uint64_t index; /* of the first in the view */
    uint64_t n;
};

static struct stretch stretch_at(const struct dsi_values *view, uint64_t channel,
                                 uint64_t at)
{
    if (view->n_channels == 1)
        return (struct stretch){at, view->n_outer * view->n_inner - at};
    const uint64_t outer = at / view->n_inner, inner = at % view->n_inner;
    return (struct stretch){
        .index = (outer * view->n_channels + channel) * view->n_inner + inner,
        .n = view->n_inner - inner,
    };
}

/* Copies the values of a stretch behind the tile's. */
static void gather(const struct walk *walk, struct stretch part, uint64_t at,
                   struct dsi_value_tile *tile)
{
    const uint8_t *from = (const uint8_t *)walk->view->data + part.index * walk->size;
    uint8_t *to = walk->room->values + tile->n * walk->size;
    const uint8_t *skip = walk->view->skip;
    if (!skip) {
        memcpy(to, from, (size_t)part.n * walk->size);
        tile->n += (size_t)part.n;
        return;
    }
    for (uint64_t i = 0; i < part.n; i++) {
        if (skip[part.index + i])
            continue;
        memcpy(to, from + i * walk->size, walk->size);
        to += walk->size;
        walk->room->places[tile->n++] = (uint16_t)(at + i - tile->first);
    }
}

/* From number tile->first on; returns how far it went. */
static uint64_t gathered(const struct walk *walk, uint64_t n_all,
                         struct dsi_value_tile *tile)
{
    const uint64_t end =
        n_all - tile->first < DSI_VALUE_TILE ? n_all : tile->first + DSI_VALUE_TILE;
    tile->values = walk->room->values;
    tile->places = walk->view->skip ? walk->room->places : NULL;
    for (uint64_t at = tile->first; at < end;) {
        struct stretch part = stretch_at(walk->view, tile->channel, at);
        if (part.n > end - at)
            part.n = end - at;
        gather(walk, part, at, tile);
        at += part.n;
    }
    return end;
}

static void one_channel(const struct walk *walk, uint64_t channel)
{
    const struct dsi_values *view = walk->view;
    const uint64_t n_all = view->n_outer * view->n_inner;
    for (uint64_t at = 0; at < n_all;) {
        const struct stretch here = stretch_at(view, channel, at);
        struct dsi_value_tile tile = {.channel = channel, .first = at};
        if (!view->skip && (here.n >= DSI_VALUE_TILE || here.n == n_all - at)) {
            tile.values = (const uint8_t *)view->data + here.index * walk->size;
            tile.n = here.n < DSI_VALUE_TILE ? (size_t)here.n : DSI_VALUE_TILE;
            at += tile.n;
        } else {
            at = gathered(walk, n_all, &tile);
        }
        give(walk, &tile);
    }
    walk->folder->end(walk->folder->context, view, channel, 0);
}

void dsi_value_tiles(const struct dsi_values *view, struct dsi_tile_room *room,
                     const struct dsi_tile_folder *folder)
{
    const struct walk walk = {view, room, folder, view->dtype.size};
    if (view->n_channels > 1 && view->n_inner == 1 && !view->skip) {
        columns(&walk);
        return;
    }
    for (uint64_t c = 0; c < view->n_channels; c++)
        one_channel(&walk, c);
}
