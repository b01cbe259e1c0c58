/* info: what each file holds, from headers alone. */
#include "check.h"
#include "record_list.h"

#include <stdio.h>
#include <string.h>

/* A record is a row: key is part, file, array; number is the bytes stored. */
enum { SOURCE, NAME, FORMAT, DTYPE, SHAPE, CHUNKS, FILTERS, NOTE };

struct info {
    const struct dsi_dataset *dataset;
    struct dsi_record_list rows;
    uint64_t n_sources;
};

static unsigned need(const void *parameters)
{
    (void)parameters;
    return DSI_NEED_HEADER;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    (void)parameters;
    (void)err;
    ((struct info *)state)->dataset = dataset;
    return DSI_OK;
}

enum { SHAPE_SIZE = 21 * DSI_MAX_DIMS + 8 };

/* "1000x28x28"; "scalar" for 0-d. */
static const char *shape_text(const struct dsi_array *array, char text[SHAPE_SIZE])
{
    int n = 0;
    text[0] = '\0';
    for (int i = 0; i < array->n_dims; i++)
        n += snprintf(text + n, SHAPE_SIZE - (size_t)n, "%s%llu", i ? "x" : "",
                      (unsigned long long)array->shape[i]);
    return array->n_dims ? text : "scalar";
}

/* The reader's note and, of an array that cannot be read, why: "NOTE; REASON". */
static const char *note_text(const struct dsi_array *array,
                             char text[DSI_ERROR_MESSAGE_SIZE])
{
    if (array->status == DSI_OK)
        return array->note;
    snprintf(text, DSI_ERROR_MESSAGE_SIZE, "%s%s%s", array->note ? array->note : "",
             array->note ? "; " : "", array->reason);
    return text;
}

static enum dsi_status add_array(struct info *info, const struct dsi_block *block,
                                 size_t array_index, struct dsi_error *err)
{
    const struct dsi_array *array = &block->file->arrays[array_index];
    char dtype[DSI_DTYPE_NAME_SIZE], shape[SHAPE_SIZE], note[DSI_ERROR_MESSAGE_SIZE];
    struct dsi_record record = {.key = {block->part, block->first_sample, array_index},
                                .number = array->n_bytes_stored,
                                .texts = {[SOURCE] = block->where,
                                          [NAME] = array->name,
                                          [FORMAT] = block->file->format->name,
                                          [DTYPE] = dsi_dtype_name(array->dtype, dtype),
                                          [SHAPE] = shape_text(array, shape),
                                          [CHUNKS] = array->chunks,
                                          [FILTERS] = array->filters,
                                          [NOTE] = note_text(array, note)}};
    return dsi_record_list_add(&info->rows, &record, err);
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct info *info = state;
    if (!block->file)
        return DSI_OK;
    info->n_sources++;
    if (block->array != SIZE_MAX)
        return add_array(info, block, block->array, err);
    for (size_t i = 0; i < block->file->n_arrays; i++)
        if (dsi_block_describes(block, i))
            DSI_TRY(add_array(info, block, i, err));
    return DSI_OK;
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    struct info *a = into;
    const struct info *b = from;
    a->n_sources += b->n_sources;
    return dsi_record_list_merge(&a->rows, &b->rows, err);
}

static enum dsi_status save(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err)
{
    const struct info *info = state;
    DSI_TRY(dsi_bytes_append_u64(out, info->n_sources, err));
    return dsi_record_list_save(&info->rows, out, err);
}

static enum dsi_status load(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err)
{
    struct info *info = state;
    DSI_TRY(dsi_bytes_read_u64(in, &info->n_sources, err));
    return dsi_record_list_load(&info->rows, in, err);
}

static enum dsi_status add_row(const struct dsi_record *record,
                               struct dsi_report *report, struct dsi_error *err)
{
    const struct dsi_value row[] = {
        dsi_text(record->texts[SOURCE]),  dsi_text(record->texts[NAME]),
        dsi_text(record->texts[FORMAT]),  dsi_text(record->texts[DTYPE]),
        dsi_text(record->texts[SHAPE]),   dsi_text(record->texts[CHUNKS]),
        dsi_text(record->texts[FILTERS]), dsi_uint(record->number),
        dsi_text(record->texts[NOTE])};
    return dsi_report_row(report, row, err);
}

/* Class names, each once however many splits have it. */
static uint64_t n_classes(const struct dsi_dataset *dataset)
{
    uint64_t n = 0;
    for (size_t g = 0; g < dataset->n_groups; g++)
        for (size_t c = 0; c < dataset->groups[g].n_classes; c++) {
            bool seen = false;
            for (size_t h = 0; h < g && !seen; h++)
                for (size_t d = 0; d < dataset->groups[h].n_classes && !seen; d++)
                    seen = strcmp(dataset->groups[h].classes[d],
                                  dataset->groups[g].classes[c]) == 0;
            n += !seen;
        }
    return n;
}

static enum dsi_status finish(void *state, struct dsi_report *report,
                              struct dsi_error *err)
{
    struct info *info = state;
    uint64_t n_bytes = 0;
    dsi_record_list_sort(&info->rows);
    for (size_t i = 0; i < info->rows.n; i++) {
        struct dsi_record record = dsi_record_list_at(&info->rows, i);
        n_bytes += record.number;
        DSI_TRY(add_row(&record, report, err));
    }
    DSI_TRY(dsi_report_summary(report, "sources", dsi_uint(info->n_sources), err));
    DSI_TRY(dsi_report_summary(report, "arrays", dsi_uint(info->rows.n), err));
    DSI_TRY(dsi_report_summary(report, "samples",
                               dsi_uint(dsi_dataset_n_samples(info->dataset)), err));
    DSI_TRY(
        dsi_report_summary(report, "classes", dsi_uint(n_classes(info->dataset)), err));
    return dsi_report_summary(report, "bytes", dsi_uint(n_bytes), err);
}

static void destroy(void *state)
{
    dsi_record_list_free(&((struct info *)state)->rows);
}

const struct dsi_check dsi_check_info = {
    .name = "info",
    .help = "what each file holds, from headers alone",
    .need = need,
    .state_size = sizeof(struct info),
    .init = init,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .n_columns = 9,
    .finish = finish,
    .destroy = destroy,
};
