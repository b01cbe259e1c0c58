#include "image_records.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Issues whose score is kept: it is the picture's own, and no other field tells it. */
static const uint32_t scored = 1U << DSI_ISSUE_DARK | 1U << DSI_ISSUE_LIGHT |
                               1U << DSI_ISSUE_ODD_ASPECT_RATIO |
                               1U << DSI_ISSUE_LOW_INFORMATION | 1U << DSI_ISSUE_BLURRY;

static size_t n_scores(uint32_t issues)
{
    return (size_t)__builtin_popcount(issues & scored);
}

static enum dsi_status reserve(struct dsi_image_records *list, struct dsi_error *err)
{
    struct dsi_image_record *records =
        dsi_grow_array(list->records, list->n, &list->capacity, sizeof *records);
    if (!records)
        return dsi_fail_memory(err, (list->n + 1) * sizeof *records);
    list->records = records;
    if (!list->keeps_all)
        return DSI_OK;
    double *kept = dsi_grow_array(list->kept, list->n, &list->kept_capacity,
                                  DSI_N_KEPT * sizeof *kept);
    if (!kept)
        return dsi_fail_memory(err, (list->n + 1) * DSI_N_KEPT * sizeof *kept);
    list->kept = kept;
    return DSI_OK;
}

enum dsi_status dsi_image_records_add(struct dsi_image_records *list,
                                      const struct dsi_image_record *record,
                                      const char *where, const double *scores,
                                      const double *kept, struct dsi_error *err)
{
    struct dsi_image_record fresh = *record;
    fresh.path_at = where ? list->paths.n : UINT64_MAX;
    fresh.scores_at = list->scores.n;
    DSI_TRY(reserve(list, err));
    if (where)
        DSI_TRY(dsi_bytes_append(&list->paths, where, strlen(where) + 1, err));
    DSI_TRY(dsi_bytes_append(&list->scores, scores,
                             n_scores(record->issues) * sizeof *scores, err));
    if (list->keeps_all)
        memcpy(list->kept + list->n * DSI_N_KEPT, kept, DSI_N_KEPT * sizeof *kept);
    list->records[list->n++] = fresh;
    return DSI_OK;
}

const char *dsi_image_record_where(const struct dsi_image_records *list, size_t i)
{
    const uint64_t at = list->records[i].path_at;
    return at == UINT64_MAX ? NULL : (const char *)list->paths.data + at;
}

/* NULL where no picture has any. */
static const double *scores_of(const struct dsi_image_records *list, size_t i)
{
    if (!list->scores.data)
        return NULL;
    return (const double *)(const void *)(list->scores.data +
                                          list->records[i].scores_at);
}

static const double *kept_of(const struct dsi_image_records *list, size_t i)
{
    return list->keeps_all ? list->kept + i * DSI_N_KEPT : NULL;
}

double dsi_image_record_score(const struct dsi_image_records *list, size_t i,
                              enum dsi_image_issue issue)
{
    const uint32_t issues = list->records[i].issues;
    return scores_of(list, i)[n_scores(issues & ((1U << issue) - 1))];
}

enum dsi_status dsi_image_records_merge(struct dsi_image_records *into,
                                        const struct dsi_image_records *from,
                                        struct dsi_error *err)
{
    for (size_t i = 0; i < from->n; i++)
        DSI_TRY(dsi_image_records_add(into, &from->records[i],
                                      dsi_image_record_where(from, i),
                                      scores_of(from, i), kept_of(from, i), err));
    return DSI_OK;
}

static int compare(const void *a, const void *b, void *context)
{
    const struct dsi_image_records *list = context;
    const struct dsi_image_record *x = &list->records[*(const size_t *)a],
                                  *y = &list->records[*(const size_t *)b];
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->sample > y->sample) - (x->sample < y->sample);
}

enum dsi_status dsi_image_records_order(const struct dsi_image_records *list,
                                        size_t **order, struct dsi_error *err)
{
    void *context = (void *)(uintptr_t)list; /* only read */
    bool is_sorted = true;
    *order = dsi_alloc_array(list->n ? list->n : 1, sizeof **order);
    if (!*order)
        return dsi_fail_memory(err, list->n * sizeof **order);
    for (size_t i = 0; i < list->n; i++) {
        (*order)[i] = i;
        is_sorted &= i == 0 || compare(&(*order)[i - 1], &(*order)[i], context) <= 0;
    }
    if (!is_sorted)
        qsort_r(*order, list->n, sizeof **order, compare, context);
    return DSI_OK;
}

/* --- saved --------------------------------------------------------------------------
 */

static uint64_t pack_kind(const struct dsi_image_record *record)
{
    return (uint64_t)record->group | (uint64_t)record->issues << 32 |
           (uint64_t)record->mode << 48 | (uint64_t)record->orientation << 56;
}

static enum dsi_status save_record(const struct dsi_image_records *list, size_t i,
                                   struct dsi_bytes *out, struct dsi_error *err)
{
    const struct dsi_image_record *record = &list->records[i];
    const char *where = dsi_image_record_where(list, i);
    DSI_TRY(dsi_bytes_append_u64(out, record->sample, err));
    DSI_TRY(dsi_bytes_append_u64(out, pack_kind(record), err));
    DSI_TRY(dsi_bytes_append_u64(
        out, (uint64_t)record->width | (uint64_t)record->height << 32, err));
    DSI_TRY(dsi_bytes_append_u64(out, record->content.high, err));
    DSI_TRY(dsi_bytes_append_u64(out, record->content.low, err));
    DSI_TRY(dsi_bytes_append_u64(out, record->phash, err));
    /* No path is empty. */
    DSI_TRY(
        dsi_bytes_append_text(out, where ? where : "", where ? strlen(where) : 0, err));
    for (size_t k = 0; k < n_scores(record->issues); k++)
        DSI_TRY(dsi_bytes_append_f64(out, scores_of(list, i)[k], err));
    for (size_t k = 0; list->keeps_all && k < DSI_N_KEPT; k++)
        DSI_TRY(dsi_bytes_append_f64(out, kept_of(list, i)[k], err));
    return DSI_OK;
}

enum dsi_status dsi_image_records_save(const struct dsi_image_records *list,
                                       struct dsi_bytes *out, struct dsi_error *err)
{
    size_t *order;
    DSI_TRY(dsi_image_records_order(list, &order, err));
    enum dsi_status status = dsi_bytes_append_u64(out, list->n, err);
    for (size_t i = 0; status == DSI_OK && i < list->n; i++)
        status = save_record(list, order[i], out, err);
    free(order);
    return status;
}

static enum dsi_status bad(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "no record of a picture is like that");
}

static enum dsi_status load_words(struct dsi_image_record *record,
                                  struct dsi_bytes_reader *in, size_t n_groups,
                                  struct dsi_error *err)
{
    uint64_t kind, size;
    DSI_TRY(dsi_bytes_read_u64(in, &record->sample, err));
    DSI_TRY(dsi_bytes_read_u64(in, &kind, err));
    DSI_TRY(dsi_bytes_read_u64(in, &size, err));
    DSI_TRY(dsi_bytes_read_u64(in, &record->content.high, err));
    DSI_TRY(dsi_bytes_read_u64(in, &record->content.low, err));
    DSI_TRY(dsi_bytes_read_u64(in, &record->phash, err));
    record->group = (uint32_t)kind;
    record->issues = (uint16_t)(kind >> 32);
    record->mode = (uint8_t)(kind >> 48);
    record->orientation = (uint8_t)(kind >> 56);
    record->width = (uint32_t)size;
    record->height = (uint32_t)(size >> 32);
    if (record->group >= n_groups || record->issues >> DSI_N_IMAGE_ISSUES ||
        record->mode >= DSI_N_MODES || record->orientation > 8 || record->width == 0 ||
        record->height == 0)
        return bad(err);
    return DSI_OK;
}

static enum dsi_status load_numbers(struct dsi_bytes_reader *in, size_t n,
                                    double *numbers, struct dsi_error *err)
{
    for (size_t k = 0; k < n; k++)
        DSI_TRY(dsi_bytes_read_f64(in, &numbers[k], err));
    return DSI_OK;
}

static enum dsi_status load_kept(struct dsi_bytes_reader *in, double kept[DSI_N_KEPT],
                                 struct dsi_error *err)
{
    DSI_TRY(load_numbers(in, DSI_N_KEPT, kept, err));
    const double n_bytes = kept[DSI_KEPT_BYTES];
    return n_bytes >= 0 && n_bytes < 0x1p64 ? DSI_OK : bad(err);
}

static enum dsi_status load_record(struct dsi_image_records *list,
                                   struct dsi_bytes_reader *in, size_t n_groups,
                                   struct dsi_error *err)
{
    struct dsi_image_record record = {0};
    double scores[DSI_N_IMAGE_ISSUES], kept[DSI_N_KEPT];
    char *where;
    DSI_TRY(load_words(&record, in, n_groups, err));
    DSI_TRY(dsi_bytes_read_name(in, &where, err));
    enum dsi_status status = load_numbers(in, n_scores(record.issues), scores, err);
    for (size_t k = 0; status == DSI_OK && k < n_scores(record.issues); k++)
        if (isnan(scores[k]))
            status = bad(err);
    if (status == DSI_OK && list->keeps_all)
        status = load_kept(in, kept, err);
    if (status == DSI_OK)
        status = dsi_image_records_add(list, &record, *where ? where : NULL, scores,
                                       kept, err);
    free(where);
    return status;
}

enum dsi_status dsi_image_records_load(struct dsi_image_records *list,
                                       struct dsi_bytes_reader *in, size_t n_groups,
                                       struct dsi_error *err)
{
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    for (uint64_t i = 0; i < n; i++)
        DSI_TRY(load_record(list, in, n_groups, err));
    return DSI_OK;
}

void dsi_image_records_free(struct dsi_image_records *list)
{
    free(list->records);
    free(list->kept);
    dsi_bytes_free(&list->paths);
    dsi_bytes_free(&list->scores);
    *list = (struct dsi_image_records){.keeps_all = list->keeps_all};
}
