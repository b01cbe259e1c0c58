/* readable: what could not be read, and what readers had to say. Rides every scan, so
 * that bad data becomes a finding whatever the tool. */
#include "check.h"
#include "record_list.h"

#include <stdio.h>

/* Findings listed of one rule at most; the rest is counted. */
enum { MAX_LISTED = 10000 };

/* A record: key is group, sample, code; texts are source, where, detail. */
enum { TEXT_SOURCE, TEXT_WHERE, TEXT_DETAIL };
enum {
    CODE_DECODER = 1000,
    CODE_SUFFIX_LIES,
    CODE_NO_ARRAYS
}; /* beside the values of dsi_status */

struct readable {
    const struct dsi_dataset *dataset;
    struct dsi_record_list found;
};

/* The parameters are a bool: of headers alone, beside checks that decode, which is what
 * a scan finds that opens files and reads no further. NULL: of all that others read. */
static unsigned need(const void *parameters)
{
    const bool *of_headers = parameters;
    return of_headers && *of_headers ? DSI_NEED_HEADER : 0;
}

static enum dsi_status init(void *state, const struct dsi_dataset *dataset,
                            const void *parameters, struct dsi_error *err)
{
    (void)parameters;
    (void)err;
    struct readable *readable = state;
    readable->dataset = dataset;
    readable->found.max = MAX_LISTED;
    return DSI_OK;
}

static enum dsi_status add(struct readable *readable, const struct dsi_block *block,
                           uint64_t code, const char *detail, struct dsi_error *err)
{
    struct dsi_record record = {
        .key = {block->group, block->first_sample + block->n_samples, code},
        .texts = {[TEXT_SOURCE] = readable->dataset->groups[block->group].name,
                  [TEXT_WHERE] = block->where,
                  [TEXT_DETAIL] = detail}};
    if (code != DSI_ERR_TRUNCATED || block->file == NULL)
        record.key[1] = block->first_sample;
    return dsi_record_list_add(&readable->found, &record, err);
}

static enum dsi_status add_status(struct readable *readable,
                                  const struct dsi_block *block, struct dsi_error *err)
{
    char detail[DSI_ERROR_MESSAGE_SIZE + 64];
    if (block->n_lost <= 1)
        return add(readable, block, block->status, block->error.message, err);
    snprintf(detail, sizeof detail, "%s; %llu samples are lost", block->error.message,
             (unsigned long long)block->n_lost);
    return add(readable, block, block->status, detail, err);
}

static enum dsi_status add_suffix(struct readable *readable,
                                  const struct dsi_block *block, struct dsi_error *err)
{
    const struct dsi_format *claimed = dsi_format_of_suffix(block->where);
    if (!block->file->format->is_image || !claimed || claimed == block->file->format)
        return DSI_OK;
    char detail[64];
    snprintf(detail, sizeof detail, "named as %s, holds %s", claimed->name,
             block->file->format->name);
    return add(readable, block, CODE_SUFFIX_LIES, detail, err);
}

/* Of a file that is described: which of its arrays cannot be read, or that it has none.
 */
static enum dsi_status add_arrays(struct readable *readable,
                                  const struct dsi_block *block, struct dsi_error *err)
{
    const struct dsi_file *file = block->file;
    if (block->values_array || block->labels.kind != DSI_LABELS_NONE)
        return DSI_OK;
    if (file->n_arrays == 0)
        return add(readable, block, CODE_NO_ARRAYS, "holds no arrays", err);
    for (size_t i = 0; i < file->n_arrays; i++) {
        const struct dsi_array *array = &file->arrays[i];
        char detail[DSI_ERROR_MESSAGE_SIZE];
        if (array->status == DSI_OK || !dsi_block_describes(block, i))
            continue;
        snprintf(detail, sizeof detail, "'%.200s' cannot be read: %s",
                 array->name ? array->name : "the array", array->reason);
        DSI_TRY(add(readable, block, array->status, detail, err));
    }
    return DSI_OK;
}

static enum dsi_status add_warnings(struct readable *readable,
                                    const struct dsi_block *block,
                                    const struct dsi_warnings *warnings,
                                    struct dsi_error *err)
{
    char detail[64];
    for (uint64_t i = 0; i < warnings->n && i < DSI_MAX_WARNINGS; i++) {
        const struct dsi_warning *warning = &warnings->first[i];
        DSI_TRY(add(readable, block,
                    warning->status ? (uint64_t)warning->status : CODE_DECODER,
                    warning->message, err));
    }
    if (warnings->n <= DSI_MAX_WARNINGS)
        return DSI_OK;
    snprintf(detail, sizeof detail, "%llu further warnings",
             (unsigned long long)(warnings->n - DSI_MAX_WARNINGS));
    return add(readable, block, CODE_DECODER, detail, err);
}

static enum dsi_status update(void *state, const struct dsi_block *block,
                              struct dsi_error *err)
{
    struct readable *readable = state;
    if (block->status != DSI_OK)
        DSI_TRY(add_status(readable, block, err));
    if (block->file) {
        DSI_TRY(add_suffix(readable, block, err));
        DSI_TRY(add_arrays(readable, block, err));
    }
    for (int w = 0; w < 2; w++)
        if (block->warnings[w])
            DSI_TRY(add_warnings(readable, block, block->warnings[w], err));
    return DSI_OK;
}

static enum dsi_status merge(void *into, const void *from, struct dsi_error *err)
{
    return dsi_record_list_merge(&((struct readable *)into)->found,
                                 &((const struct readable *)from)->found, err);
}

static enum dsi_status save(const void *state, struct dsi_bytes *out,
                            struct dsi_error *err)
{
    return dsi_record_list_save(&((const struct readable *)state)->found, out, err);
}

static enum dsi_status load(void *state, struct dsi_bytes_reader *in,
                            struct dsi_error *err)
{
    return dsi_record_list_load(&((struct readable *)state)->found, in, err);
}

static const char *rule_of(uint64_t code)
{
    return code == CODE_DECODER       ? "decoder"
           : code == CODE_SUFFIX_LIES ? "suffix_lies"
           : code == CODE_NO_ARRAYS   ? "no_arrays"
                                      : dsi_status_rule((enum dsi_status)code);
}

static enum dsi_severity severity_of(uint64_t code)
{
    return code == CODE_NO_ARRAYS ? DSI_NOTE
           : code >= CODE_DECODER ? DSI_WARNING
                                  : DSI_ERROR;
}

static enum dsi_status finish(void *state, struct dsi_report *report,
                              struct dsi_error *err)
{
    struct readable *readable = state;
    dsi_record_list_sort(&readable->found);
    for (size_t i = 0; i < readable->found.n; i++) {
        struct dsi_record record = dsi_record_list_at(&readable->found, i);
        struct dsi_finding finding = {.rule = rule_of(record.key[2]),
                                      .severity = severity_of(record.key[2]),
                                      .source = record.texts[TEXT_SOURCE],
                                      .index = record.key[1],
                                      .where = record.texts[TEXT_WHERE],
                                      .detail = record.texts[TEXT_DETAIL]};
        DSI_TRY(dsi_report_finding(report, &finding, err));
    }
    if (readable->found.n_dropped == 0)
        return DSI_OK;
    char detail[80];
    snprintf(detail, sizeof detail, "%llu further findings of this kind are not listed",
             (unsigned long long)readable->found.n_dropped);
    struct dsi_finding rest = {.rule = "unreadable",
                               .severity = DSI_ERROR,
                               .index = UINT64_MAX,
                               .detail = detail};
    return dsi_report_finding(report, &rest, err);
}

static void destroy(void *state)
{
    dsi_record_list_free(&((struct readable *)state)->found);
}

const struct dsi_check dsi_check_readable = {
    .name = "readable",
    .help = "what could not be read",
    .need = need,
    .state_size = sizeof(struct readable),
    .init = init,
    .update = update,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
