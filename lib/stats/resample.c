#include "resample.h"

#include "bytes.h"
#include "philox.h"

#include <stdlib.h>

/* Samples sorted by class: class c has members[first[c]] to members[first[c + 1]]. */
struct members {
    uint64_t *members, *first;
};

/* What an array of n indices takes, for messages. */
static uint64_t n_bytes_of(uint64_t n)
{
    uint64_t n_bytes;
    return dsi_mul(n, sizeof(uint64_t), &n_bytes) ? n_bytes : UINT64_MAX;
}

static enum dsi_status sort_by_class(struct members *m, const uint32_t *class_of,
                                     uint64_t n, size_t n_classes,
                                     struct dsi_error *err)
{
    m->members = dsi_alloc_array(n, sizeof *m->members);
    m->first = dsi_alloc_zeroed((uint64_t)n_classes + 2, sizeof *m->first);
    if (!m->members || !m->first)
        return dsi_fail_memory(err, n_bytes_of(n));
    /* first[c + 2] counts c, then first[c + 1] is where the next member of c goes. */
    for (uint64_t i = 0; i < n; i++)
        if (class_of[i] < n_classes)
            m->first[class_of[i] + 2]++;
    for (size_t c = 2; c < n_classes + 2; c++)
        m->first[c] += m->first[c - 1];
    for (uint64_t i = 0; i < n; i++)
        if (class_of[i] < n_classes)
            m->members[m->first[class_of[i] + 1]++] = i;
    return DSI_OK;
}

/* Writes `target` appearances of the n members, and returns where the next class goes.
 */
static uint64_t *emit_class(uint64_t *members, uint64_t n, uint64_t target,
                            struct dsi_philox *philox, uint64_t *out)
{
    uint64_t each = target / n, extra = target % n;
    dsi_philox_shuffle(philox, members, n, extra);
    for (uint64_t i = 0; i < n; i++)
        for (uint64_t k = each + (i < extra); k > 0; k--)
            *out++ = members[i];
    return out;
}

static enum dsi_status count_plan(const struct members *m, const uint64_t *targets,
                                  size_t n_classes, uint64_t *n_plan,
                                  struct dsi_error *err)
{
    *n_plan = 0;
    for (size_t c = 0; c < n_classes; c++)
        if (m->first[c + 1] > m->first[c] && !dsi_add(*n_plan, targets[c], n_plan))
            return dsi_fail_memory(err, UINT64_MAX);
    return DSI_OK;
}

enum dsi_status dsi_resample_plan(const uint32_t *class_of, uint64_t n,
                                  const uint64_t *targets, size_t n_classes,
                                  uint64_t seed, int64_t **plan, uint64_t *n_plan,
                                  struct dsi_error *err)
{
    struct members m = {0};
    uint64_t *indices = NULL;
    enum dsi_status status = sort_by_class(&m, class_of, n, n_classes, err);
    if (status == DSI_OK)
        status = count_plan(&m, targets, n_classes, n_plan, err);
    if (status == DSI_OK && !(indices = dsi_alloc_array(*n_plan, sizeof *indices)))
        status = dsi_fail_memory(err, n_bytes_of(*n_plan));
    if (status == DSI_OK) {
        uint64_t *out = indices;
        for (size_t c = 0; c < n_classes; c++) {
            struct dsi_philox philox = dsi_philox_start(seed, (uint64_t)c + 1);
            uint64_t n_members = m.first[c + 1] - m.first[c];
            if (n_members)
                out = emit_class(m.members + m.first[c], n_members, targets[c], &philox,
                                 out);
        }
        struct dsi_philox philox = dsi_philox_start(seed, 0);
        dsi_philox_shuffle(&philox, indices, *n_plan, *n_plan);
        *plan = (int64_t *)indices; /* the same bytes: indices are below 2^63 */
    }
    free(m.members);
    free(m.first);
    return status;
}
