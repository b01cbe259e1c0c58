/* How rows are cut into blocks. */
#include "rows_layout.h"

enum {
    BLOCK_BYTES = 1 << 19, /* within the second-level cache, beside the counters */
    /* What a block may take at most where rows go together, unless a single chunk takes
     * more. */
    BAND_BYTES = 1 << 24,
    /* Rows of a table that a block holds at least, up to so many bytes: what is summed
     * by column costs a little for each column of each block. */
    TABLE_ROWS = 1024,
    TABLE_BYTES = 1 << 22,
};

static uint64_t block_bytes(const struct dsi_array *array, uint64_t width)
{
    uint64_t wanted;
    if (array->n_dims != 2 || !dsi_mul(width, TABLE_ROWS, &wanted) ||
        wanted > TABLE_BYTES)
        wanted = array->n_dims == 2 ? TABLE_BYTES : 0;
    return wanted > BLOCK_BYTES ? wanted : BLOCK_BYTES;
}

uint64_t dsi_rows_width(const struct dsi_array *array)
{
    uint64_t n_rows = dsi_array_n_rows(array), width = dsi_array_row_bytes(array);
    if (array->dtype.kind == DSI_STRING && n_rows)
        width += array->n_bytes_stored / n_rows;
    return width;
}

/* The shape's product fits int64_t, and so do the bytes of a band: a chunk may be
 * longer than the array, a band is not. */
struct dsi_rows_grid dsi_rows_grid_of(const struct dsi_array *array)
{
    const uint64_t n_rows = dsi_array_n_rows(array), width = dsi_rows_width(array);
    uint64_t n_band = array->n_rows_together < n_rows ? array->n_rows_together : n_rows;
    if (n_band == 0)
        n_band = 1;
    if (width == 0) /* a row costs nothing: one block holds them all */
        return (struct dsi_rows_grid){n_rows ? n_rows : 1, n_rows ? n_rows : 1};
    const uint64_t band_bytes = n_band * width;
    const uint64_t most =
        array->n_bytes_together > BAND_BYTES ? array->n_bytes_together : BAND_BYTES;
    if (n_band > 1 && band_bytes > most) {
        uint64_t n_parts = band_bytes / most + (band_bytes % most != 0);
        uint64_t part = n_band / n_parts + (n_band % n_parts != 0);
        return (struct dsi_rows_grid){n_band, part};
    }
    const uint64_t bytes = block_bytes(array, width);
    uint64_t n_bands = band_bytes < bytes ? bytes / band_bytes : 1;
    return (struct dsi_rows_grid){n_bands * n_band, n_bands * n_band};
}

static uint64_t divide_up(uint64_t n, uint64_t by)
{
    return n / by + (n % by != 0);
}

uint64_t dsi_rows_grid_n_blocks(struct dsi_rows_grid grid, uint64_t n_rows)
{
    return n_rows / grid.n_band * divide_up(grid.n_band, grid.n_per_block) +
           divide_up(n_rows % grid.n_band, grid.n_per_block);
}

uint64_t dsi_rows_grid_block(struct dsi_rows_grid grid, uint64_t n_rows,
                             uint64_t number, uint64_t *n)
{
    uint64_t in_band = divide_up(grid.n_band, grid.n_per_block);
    uint64_t offset = number % in_band * grid.n_per_block;
    uint64_t first = number / in_band * grid.n_band + offset;
    *n = grid.n_per_block;
    *n = *n < grid.n_band - offset ? *n : grid.n_band - offset;
    *n = *n < n_rows - first ? *n : n_rows - first;
    return first;
}

uint64_t dsi_rows_grid_block_of(struct dsi_rows_grid grid, uint64_t row)
{
    return row / grid.n_band * divide_up(grid.n_band, grid.n_per_block) +
           row % grid.n_band / grid.n_per_block;
}
