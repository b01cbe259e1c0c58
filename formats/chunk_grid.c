#include "chunk_grid.h"

#include <assert.h>
#include <string.h>

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* --- the grid --- */

/* size times the product of extents, which must stay within INT64_MAX; an extent of 0
 * counts as 1, so that every distance within the box is in range too. */
static bool measure(const uint64_t *extents, int n_dims, uint64_t size, uint64_t *bytes)
{
    *bytes = size;
    for (int i = 0; i < n_dims; i++)
        if (!dsi_mul(*bytes, most(1, extents[i]), bytes))
            return false;
    return *bytes <= INT64_MAX;
}

enum dsi_status dsi_chunk_grid_init(struct dsi_chunk_grid *grid, int n_dims,
                                    const uint64_t *shape, const uint64_t *chunk,
                                    uint64_t element_bytes, struct dsi_error *err)
{
    uint64_t bytes;
    *grid = (struct dsi_chunk_grid){.n_dims = n_dims, .element_bytes = element_bytes};
    if (n_dims < 1 || n_dims > DSI_CHUNK_MAX_DIMS)
        return dsi_fail(err, DSI_ERR_MALFORMED, "chunks of %d axes", n_dims);
    if (element_bytes == 0 || !measure(shape, n_dims, element_bytes, &bytes) ||
        !measure(chunk, n_dims, element_bytes, &grid->chunk_bytes))
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "the size of the array or of a chunk is out of range");
    grid->n_in_band = 1;
    for (int i = 0; i < n_dims; i++) {
        if (chunk[i] == 0)
            return dsi_fail(err, DSI_ERR_MALFORMED, "axis %d of a chunk is 0", i);
        grid->shape[i] = shape[i];
        grid->chunk[i] = chunk[i];
        grid->n_along[i] = shape[i] / chunk[i] + (shape[i] % chunk[i] != 0);
        if (i > 0)
            grid->n_in_band *= grid->n_along[i]; /* no more than there are elements */
    }
    grid->n_chunks = grid->n_along[0] * grid->n_in_band;
    return DSI_OK;
}

void dsi_chunk_grid_touch(const struct dsi_chunk_grid *grid, uint64_t first, uint64_t n,
                          uint64_t *first_chunk, uint64_t *n_chunks)
{
    assert(first <= grid->shape[0] && n <= grid->shape[0] - first);
    uint64_t band = first / grid->chunk[0];
    uint64_t n_bands = n == 0 ? 0 : (first + n - 1) / grid->chunk[0] + 1 - band;
    *first_chunk = band * grid->n_in_band;
    *n_chunks = n_bands * grid->n_in_band;
}

void dsi_chunk_grid_box(const struct dsi_chunk_grid *grid, uint64_t number,
                        struct dsi_chunk_box *box)
{
    assert(number < grid->n_chunks);
    box->is_partial = false;
    for (int i = grid->n_dims - 1; i >= 0; i--) {
        box->start[i] = number % grid->n_along[i] * grid->chunk[i];
        number /= grid->n_along[i];
        box->extent[i] = least(grid->chunk[i], grid->shape[i] - box->start[i]);
        box->is_partial |= box->extent[i] < grid->chunk[i];
    }
}

/* --- what goes where --- */

/* Runs of bytes to move: a box of them, each axis with its distances in the chunk and
 * in the rows. Axes that continue each other are one, and those that leave no gaps are
 * part of the run. */
struct moves {
    size_t run;     /* bytes */
    size_t in, out; /* where the first is */
    int n_axes;
    struct move_axis {
        size_t n, in, out;
    } axes[DSI_CHUNK_MAX_DIMS + DSI_MAX_DIMS]; /* slowest last */
};

/* Axes come from the fastest on. */
static void add_axis(struct moves *moves, uint64_t n, uint64_t in, uint64_t out)
{
    struct move_axis *last = moves->n_axes ? &moves->axes[moves->n_axes - 1] : NULL;
    if (n == 1)
        return;
    if (!last && in == moves->run && out == moves->run)
        moves->run *= (size_t)n;
    else if (last && in == last->in * last->n && out == last->out * last->n)
        last->n *= (size_t)n;
    else
        moves->axes[moves->n_axes++] =
            (struct move_axis){(size_t)n, (size_t)in, (size_t)out};
}

/* The part of a chunk that is among the rows: false when there is none. start and
 * extent are of the box without what the rows cut off of axis 0. */
static bool overlap(const struct dsi_chunk_grid *grid, uint64_t number,
                    const struct dsi_chunk_rows *rows, struct dsi_chunk_box *box)
{
    dsi_chunk_grid_box(grid, number, box);
    uint64_t first = most(box->start[0], rows->first);
    uint64_t end = least(box->start[0] + box->extent[0], rows->first + rows->n);
    if (first >= end)
        return false;
    box->start[0] = first;
    box->extent[0] = end - first;
    return true;
}

/* Plans the moves of the overlap of chunk and rows. is_fill: nothing is taken from the
 * chunk, so that only the rows decide what is one run. False: there is nothing to do.
 */
static bool plan_moves(const struct dsi_chunk_grid *grid, uint64_t number,
                       const struct dsi_chunk_rows *rows, bool is_fill,
                       struct moves *moves)
{
    const struct dsi_field *field = rows->field;
    struct dsi_chunk_box box;
    uint64_t in = grid->element_bytes, out = field->dtype.size;

    if (dsi_field_bytes(field) == 0 || !overlap(grid, number, rows, &box))
        return false;
    *moves = (struct moves){.run = field->dtype.size, .in = (size_t)field->offset};
    for (int i = field->n_dims - 1; i >= 0; i--) {
        add_axis(moves, field->shape[i], is_fill ? out : dsi_field_stride(field, i),
                 out);
        out *= field->shape[i];
    }
    for (int i = grid->n_dims - 1; i >= 0; i--) {
        uint64_t start = i == 0 ? rows->first : 0;
        add_axis(moves, box.extent[i], is_fill ? out : in, out);
        moves->in += (size_t)(box.start[i] % grid->chunk[i] * in);
        moves->out += (size_t)((box.start[i] - start) * out);
        in *= grid->chunk[i];
        out *= grid->shape[i];
    }
    return true;
}

/* One axis of runs; with run a constant the compiler makes moves of the copies. */
static inline void copy_axis(uint8_t *out, const uint8_t *in, size_t run,
                             const struct move_axis *axis)
{
    for (size_t i = 0; i < axis->n; i++)
        memcpy(out + i * axis->out, in + i * axis->in, run);
}

static void copy_line(uint8_t *out, const uint8_t *in, size_t run,
                      const struct move_axis *axis)
{
    switch (run) {
    case 1:
        copy_axis(out, in, 1, axis);
        return;
    case 2:
        copy_axis(out, in, 2, axis);
        return;
    case 4:
        copy_axis(out, in, 4, axis);
        return;
    case 8:
        copy_axis(out, in, 8, axis);
        return;
    case 16:
        copy_axis(out, in, 16, axis);
        return;
    default:
        copy_axis(out, in, run, axis);
    }
}

/* A box of runs, line by line along its first axis: what every walk below shares. */
struct line_walk {
    const struct moves *moves;
    size_t index[DSI_CHUNK_MAX_DIMS + DSI_MAX_DIMS];
    size_t in, out; /* of the current line */
};

static struct move_axis first_axis(const struct moves *moves)
{
    return moves->n_axes ? moves->axes[0] : (struct move_axis){.n = 1};
}

/* On to the next line; false after the last. */
static bool next_line(struct line_walk *walk)
{
    for (int i = 1; i < walk->moves->n_axes; i++) {
        const struct move_axis *axis = &walk->moves->axes[i];
        walk->in += axis->in;
        walk->out += axis->out;
        if (++walk->index[i] < axis->n)
            return true;
        walk->in -= axis->n * axis->in;
        walk->out -= axis->n * axis->out;
        walk->index[i] = 0;
    }
    return false;
}

void dsi_chunk_copy(const struct dsi_chunk_grid *grid, uint64_t number,
                    const uint8_t *decoded, const struct dsi_chunk_rows *rows)
{
    struct moves moves;
    if (!plan_moves(grid, number, rows, false, &moves))
        return;
    struct move_axis axis = first_axis(&moves);
    struct line_walk walk = {.moves = &moves, .in = moves.in, .out = moves.out};
    do
        copy_line(rows->out + walk.out, decoded + walk.in, moves.run, &axis);
    while (next_line(&walk));
}

/* n bytes of one value again and again; n is a multiple of size. */
static void fill_run(uint8_t *out, size_t n, const uint8_t *value, size_t size)
{
    if (!value) {
        memset(out, 0, n);
        return;
    }
    memcpy(out, value, size);
    for (size_t done = size; done < n;) {
        size_t k = done < n - done ? done : n - done;
        memcpy(out + done, out, k);
        done += k;
    }
}

void dsi_chunk_fill(const struct dsi_chunk_grid *grid, uint64_t number,
                    const uint8_t *value, const struct dsi_chunk_rows *rows)
{
    struct moves moves;
    if (!plan_moves(grid, number, rows, true, &moves))
        return;
    struct move_axis axis = first_axis(&moves);
    struct line_walk walk = {.moves = &moves, .out = moves.out};
    do
        for (size_t i = 0; i < axis.n; i++)
            fill_run(rows->out + walk.out + i * axis.out, moves.run, value,
                     rows->field->dtype.size);
    while (next_line(&walk));
}

uint8_t *dsi_chunk_place(const struct dsi_chunk_grid *grid, uint64_t number,
                         const struct dsi_chunk_rows *rows)
{
    struct moves moves;
    if (!plan_moves(grid, number, rows, false, &moves) || moves.n_axes > 0 ||
        moves.run != grid->chunk_bytes)
        return NULL;
    return rows->out + moves.out;
}
