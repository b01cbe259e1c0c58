/* A view of values cut into tiles of one channel each, that stand together and fit the
 * nearest cache: what the loops over values walk through, however channels lie. */
#ifndef DSI_VALUE_TILES_H
#define DSI_VALUE_TILES_H

#include "values.h"

enum {
    DSI_VALUE_TILE = 512,      /* values, at most */
    DSI_TILE_GROUP_BYTES = 64, /* of the columns of a row that are gathered together */
    DSI_TILE_GROUP =
        DSI_TILE_GROUP_BYTES / 2,         /* channels, at most: of 2 bytes a value */
    DSI_TILE_PITCH = DSI_VALUE_TILE + 16, /* apart, lest columns share cache lines */
};

/* Where the values of a group are gathered. */
struct dsi_tile_room {
    uint8_t values[DSI_TILE_PITCH * DSI_TILE_GROUP_BYTES];
    uint16_t places[DSI_VALUE_TILE];
};

struct dsi_value_tile {
    const void *values; /* n > 0, next to each other, aligned to the type */
    size_t n;
    uint64_t channel; /* of the view */
    size_t slot;      /* of the channel in its group, below DSI_TILE_GROUP */
    /* Value i is number first + i of its channel, or first + places[i] where some were
     * skipped. A channel's values are numbered by outer, then by inner index. */
    uint64_t first;
    const uint16_t *places;
};

/* The sample that value i of the tile belongs to. */
static inline uint64_t dsi_tile_sample(const struct dsi_values *view,
                                       const struct dsi_value_tile *tile, size_t i)
{
    const uint64_t number = tile->first + (tile->places ? tile->places[i] : i);
    return dsi_values_sample(view, number / view->n_inner);
}

/* Channels come in groups: the tiles of a group, each channel's in order, then end for
 * each channel of it. */
struct dsi_tile_folder {
    void (*each)(void *context, const struct dsi_values *view,
                 const struct dsi_value_tile *tile);
    void (*end)(void *context, const struct dsi_values *view, uint64_t channel,
                size_t slot);
    void *context;
};

/* Tiles that together are the values that are not skipped, of types of 2, 4 and 8
 * bytes. What they are cut like depends on the view alone. Any thread, a room each. */
void dsi_value_tiles(const struct dsi_values *view, struct dsi_tile_room *room,
                     const struct dsi_tile_folder *folder);

#endif
