/* A view of values cut into tiles that fit a cache, as bins by channel: what every loop
 * over keys walks through, however channels lie. */
#ifndef DSI_KEY_TILES_H
#define DSI_KEY_TILES_H

#include "key_kernels.h"
#include "values.h"

/* Values and columns, at most. */
enum { DSI_KEY_TILE = 32768, DSI_KEY_GROUP = 256 };

/* n rows of n_columns bins: column c is channel number channel + c of the view. Its
 * value in row i is number first + i * row_step + c of the view. */
struct dsi_key_tile {
    const uint16_t *bins;
    uint64_t channel;
    size_t n_columns, n;
    uint64_t first, row_step;
};

typedef enum dsi_status dsi_key_tile_fn(void *context, const struct dsi_values *view,
                                        const struct dsi_key_tile *tile,
                                        struct dsi_error *err);

/* Calls each for tiles that together are the view, skipped values included. bins is
 * room for DSI_KEY_TILE. Stops at what is not DSI_OK, and returns it. */
DSI_CHECKED enum dsi_status dsi_key_tiles(enum dsi_cpu_level level,
                                          const struct dsi_key_form *form,
                                          const struct dsi_values *view, uint16_t *bins,
                                          dsi_key_tile_fn *each, void *context,
                                          struct dsi_error *err);

#endif
