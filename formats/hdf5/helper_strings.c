#include "helper_strings.h"

#include "helper_error.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_BYTES = 1 << 20,
    AT_ONCE = 1 << 16, /* values in one answer: their places are kept in memory */
};

/* Where libhdf5 puts the texts, up to a limit: a file of a few kilobytes may hold one
 * text and refer to it a billion times. All of them are freed together. */
struct block {
    struct block *next;
    size_t n, capacity;
    char bytes[];
};

struct arena {
    struct block *blocks;
    uint64_t n_bytes, limit;
    bool is_exceeded;
};

static void *arena_alloc(size_t size, void *data)
{
    struct arena *arena = data;
    struct block *block = arena->blocks;
    uint64_t n_bytes;
    if (!dsi_add(arena->n_bytes, size, &n_bytes) || n_bytes > arena->limit) {
        arena->is_exceeded = true;
        return NULL;
    }
    if (!block || block->capacity - block->n < size) {
        size_t capacity = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        block = dsi_alloc_array((uint64_t)capacity + sizeof *block, 1);
        if (!block)
            return NULL;
        *block = (struct block){.next = arena->blocks, .capacity = capacity};
        arena->blocks = block;
    }
    arena->n_bytes = n_bytes;
    block->n += size;
    return block->bytes + block->n - size;
}

static void arena_free(void *text, void *data)
{
    (void)text, (void)data;
}

static void arena_clear(struct arena *arena)
{
    while (arena->blocks) {
        struct block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->n_bytes = 0;
    arena->is_exceeded = false;
}

/* Reads n rows' texts into the arena and where they are into texts. */
static enum dsi_status read_texts(struct dsi_opened *opened,
                                  const struct dsi_rows_plan *plan, uint64_t n,
                                  struct arena *arena, char **texts,
                                  struct dsi_error *err)
{
    hid_t transfer = H5Pcreate(H5P_DATASET_XFER);
    enum dsi_status status;
    if (transfer < 0 ||
        H5Pset_vlen_mem_manager(transfer, arena_alloc, arena, arena_free, arena) < 0) {
        status = dsi_h5_fail(err, DSI_ERR_MEMORY, "cannot prepare to read strings");
    } else {
        memset(texts, 0, n * plan->row_items * sizeof *texts);
        status = dsi_rows_read(opened, plan->first, n, transfer, texts, err);
    }
    if (transfer >= 0)
        H5Pclose(transfer);
    return status;
}

/* As many whole rows as fit into the room; *n_bytes is what they take, or what the
 * first row takes when not even that fits. */
static uint64_t rows_that_fit(const struct dsi_rows_plan *plan, uint64_t n,
                              char *const *texts, uint64_t *n_bytes)
{
    *n_bytes = 0;
    for (uint64_t row = 0; row < n; row++) {
        uint64_t row_bytes = plan->row_items * sizeof(uint64_t);
        for (uint64_t i = 0; i < plan->row_items; i++) {
            const char *text = texts[row * plan->row_items + i];
            row_bytes += text ? strlen(text) : 0;
        }
        if (*n_bytes + row_bytes > plan->room) {
            if (row == 0)
                *n_bytes = row_bytes;
            return row;
        }
        *n_bytes += row_bytes;
    }
    return n;
}

static void pack(uint8_t *out, uint64_t n_values, char *const *texts)
{
    uint8_t *text = out + n_values * sizeof(uint64_t);
    uint64_t end = 0;
    for (uint64_t i = 0; i < n_values; i++) {
        size_t n = texts[i] ? strlen(texts[i]) : 0;
        if (n)
            memcpy(text + end, texts[i], n);
        end += n;
        memcpy(out + i * sizeof end, &end, sizeof end);
    }
}

enum dsi_status dsi_strings_read(struct dsi_helper *helper,
                                 const struct dsi_rows_plan *plan,
                                 struct dsi_hdf5_rows *rows, struct dsi_error *err)
{
    struct arena arena = {0};
    enum dsi_status status;
    uint64_t n = plan->row_items ? AT_ONCE / plan->row_items : plan->n;
    n = n ? n : 1;
    n = n < plan->n ? n : plan->n;
    char **texts = dsi_alloc_array(n * plan->row_items, sizeof *texts);
    if (!texts)
        return dsi_fail_memory(err, n * plan->row_items * sizeof *texts);
    for (;;) {
        /* What does not fit the room need not be read, but of one row that must be
         * known how much it takes. */
        arena.limit =
            n > 1 && plan->room < helper->max_bytes ? plan->room : helper->max_bytes;
        status = read_texts(&helper->opened, plan, n, &arena, texts, err);
        if (!arena.is_exceeded || n == 1)
            break;
        arena_clear(&arena);
        n /= 2;
    }
    if (arena.is_exceeded)
        status = dsi_fail(err, DSI_ERR_LIMIT,
                          "the strings of one row take more than %llu bytes "
                          "(--limit-bytes)",
                          (unsigned long long)helper->max_bytes);
    if (status == DSI_OK) {
        rows->n_rows = rows_that_fit(plan, n, texts, &rows->n_bytes);
        pack(helper->rows, rows->n_rows * plan->row_items, texts);
    }
    arena_clear(&arena);
    free(texts);
    return status;
}
