#include "argsort.h"

enum { SMALL = 16, MAX_DEPTH = 64 };

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t old = *a;
    *a = *b;
    *b = old;
}

/* --- heapsort: the largest on top ---------------------------------------------------
 */

/* Puts item where it belongs in the heap whose top is `at`, counted from 1. */
static void sift_down(const double *values, uint32_t *heap, size_t n, size_t at,
                      uint32_t item)
{
    for (size_t child = 2 * at; child <= n; child = 2 * at) {
        if (child < n && values[heap[child - 1]] < values[heap[child]])
            child++;
        if (!(values[item] < values[heap[child - 1]]))
            break;
        heap[at - 1] = heap[child - 1];
        at = child;
    }
    heap[at - 1] = item;
}

static void sort_by_heap(const double *values, uint32_t *order, size_t n)
{
    for (size_t at = n / 2; at > 0; at--)
        sift_down(values, order, n, at, order[at - 1]);
    while (n > 1) {
        uint32_t last = order[--n];
        order[n] = order[0];
        sift_down(values, order, n, 1, last);
    }
}

/* --- quicksort -----------------------------------------------------------------------
 */

static void sort_by_insertion(const double *values, uint32_t *order, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        const uint32_t item = order[i];
        size_t at = i;
        for (; at > 0 && values[item] < values[order[at - 1]]; at--)
            order[at] = order[at - 1];
        order[at] = item;
    }
}

/* Parts the range about the median of its first, middle and last; returns where that
 * stands. Both scans stop at values that are equal to it. */
static size_t part(const double *values, uint32_t *order, size_t n)
{
    uint32_t *first = order, *middle = order + (n - 1) / 2, *last = order + n - 1;
    if (values[*middle] < values[*first])
        swap(middle, first);
    if (values[*last] < values[*middle])
        swap(last, middle);
    if (values[*middle] < values[*first])
        swap(middle, first);
    const double pivot = values[*middle];
    uint32_t *up = first, *down = last - 1;
    swap(middle, down);
    for (;;) {
        do
            up++;
        while (values[*up] < pivot);
        do
            down--;
        while (pivot < values[*down]);
        if (up >= down)
            break;
        swap(up, down);
    }
    swap(up, last - 1);
    return (size_t)(up - order);
}

struct range {
    uint32_t *order;
    size_t n;
    int depth; /* that is left */
};

static int twice_log2(size_t n)
{
    int depth = 0;
    while (n >>= 1)
        depth++;
    return 2 * depth;
}

/* The smaller side goes first and the larger waits, so few ranges ever wait. */
static void sort_range(const double *values, struct range range, struct range *waiting,
                       size_t *n_waiting)
{
    if (range.depth < 0) {
        sort_by_heap(values, range.order, range.n);
        return;
    }
    while (range.n > SMALL) {
        const size_t at = part(values, range.order, range.n);
        const struct range low = {range.order, at, --range.depth},
                           high = {range.order + at + 1, range.n - at - 1, range.depth};
        const int lower_is_smaller = low.n < high.n;
        waiting[(*n_waiting)++] = lower_is_smaller ? high : low;
        range = lower_is_smaller ? low : high;
    }
    sort_by_insertion(values, range.order, range.n);
}

void dsi_argsort(const double *values, uint32_t n, uint32_t *order)
{
    struct range waiting[MAX_DEPTH];
    size_t n_waiting = 0;
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    if (n)
        waiting[n_waiting++] = (struct range){order, n, twice_log2(n)};
    while (n_waiting) {
        const struct range range = waiting[--n_waiting];
        sort_range(values, range, waiting, &n_waiting);
    }
}
