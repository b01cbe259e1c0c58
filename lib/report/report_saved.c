/* Layout, all numbers u64: inputs n, then n texts; parameters n, then for each its key,
 * whether it is one of a list, and its value; findings n, then for each severity,
 * index, other index, cases and seven texts. A value is its type and then a number, the
 * bits of a float or a text; a text that may be missing is 0, or 1 and the text. */
#include "report_saved.h"

#include <stdlib.h>
#include <string.h>

#include "report_store.h"

/* --- saving ---------------------------------------------------------------------- */

static enum dsi_status save_value(const struct dsi_value *value, struct dsi_bytes *out,
                                  struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(out, (uint64_t)value->type, err));
    switch (value->type) {
    case DSI_VALUE_NULL:
        return DSI_OK;
    case DSI_VALUE_BOOL:
        return dsi_bytes_append_u64(out, value->as.boolean, err);
    case DSI_VALUE_INT:
        return dsi_bytes_append_u64(out, (uint64_t)value->as.integer, err);
    case DSI_VALUE_UINT:
        return dsi_bytes_append_u64(out, value->as.natural, err);
    case DSI_VALUE_FLOAT:
        return dsi_bytes_append_f64(out, value->as.real, err);
    case DSI_VALUE_TEXT:
        break;
    }
    return dsi_bytes_append_text(out, value->as.text.bytes, value->as.text.n, err);
}

enum dsi_status dsi_report_save_question(const struct dsi_report *report,
                                         struct dsi_bytes *out, struct dsi_error *err)
{
    const struct dsi_entries *inputs = &report->inputs, *asked = &report->parameters;
    DSI_TRY(dsi_bytes_append_u64(out, inputs->n, err));
    for (size_t i = 0; i < inputs->n; i++)
        DSI_TRY(save_value(&inputs->items[i].value, out, err));
    DSI_TRY(dsi_bytes_append_u64(out, asked->n, err));
    for (size_t i = 0; i < asked->n; i++) {
        const struct dsi_entry *entry = &asked->items[i];
        DSI_TRY(dsi_bytes_append_text(out, entry->key, strlen(entry->key), err));
        DSI_TRY(dsi_bytes_append_u64(out, entry->is_list, err));
        DSI_TRY(save_value(&entry->value, out, err));
    }
    return DSI_OK;
}

static enum dsi_status save_finding(const struct dsi_finding *finding,
                                    struct dsi_bytes *out, struct dsi_error *err)
{
    const char *const texts[] = {
        finding->rule,  finding->source,       finding->where,      finding->detail,
        finding->label, finding->other_source, finding->other_label};
    DSI_TRY(dsi_bytes_append_u64(out, (uint64_t)finding->severity, err));
    DSI_TRY(dsi_bytes_append_u64(out, finding->index, err));
    DSI_TRY(dsi_bytes_append_u64(out, finding->other_index, err));
    DSI_TRY(dsi_bytes_append_u64(out, finding->n_cases, err));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        DSI_TRY(dsi_bytes_append_u64(out, texts[i] != NULL, err));
        if (texts[i])
            DSI_TRY(dsi_bytes_append_text(out, texts[i], strlen(texts[i]), err));
    }
    return DSI_OK;
}

enum dsi_status dsi_report_save_findings(const struct dsi_report *report,
                                         struct dsi_bytes *out, struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_append_u64(out, report->n_findings, err));
    for (size_t i = 0; i < report->n_findings; i++) {
        struct dsi_finding finding = dsi_report_finding_at(report, i);
        DSI_TRY(save_finding(&finding, out, err));
    }
    return DSI_OK;
}

/* --- loading --------------------------------------------------------------------- */

static enum dsi_status refuse(struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED, "a saved report that none would save");
}

static enum dsi_status load_value(struct dsi_bytes_reader *in, struct dsi_value *value,
                                  struct dsi_error *err)
{
    uint64_t type, bits = 0;
    DSI_TRY(dsi_bytes_read_u64(in, &type, err));
    if (type > DSI_VALUE_TEXT)
        return refuse(err);
    *value = (struct dsi_value){.type = (enum dsi_value_type)type};
    if (value->type == DSI_VALUE_NULL)
        return DSI_OK;
    if (value->type == DSI_VALUE_TEXT)
        return dsi_bytes_read_text(in, &value->as.text.bytes, &value->as.text.n, err);
    if (value->type == DSI_VALUE_FLOAT)
        return dsi_bytes_read_f64(in, &value->as.real, err);
    DSI_TRY(dsi_bytes_read_u64(in, &bits, err));
    if (value->type == DSI_VALUE_BOOL)
        value->as.boolean = bits != 0;
    else if (value->type == DSI_VALUE_INT)
        value->as.integer = (int64_t)bits;
    else
        value->as.natural = bits;
    return DSI_OK;
}

static enum dsi_status load_input(struct dsi_report *report,
                                  struct dsi_bytes_reader *in, struct dsi_error *err)
{
    char *name;
    uint64_t type;
    DSI_TRY(dsi_bytes_read_u64(in, &type, err));
    if (type != DSI_VALUE_TEXT)
        return refuse(err);
    DSI_TRY(dsi_bytes_read_name(in, &name, err));
    enum dsi_status status = dsi_report_input(report, name, err);
    free(name);
    return status;
}

/* A key stands once, or several times as a list. */
static bool is_free(const struct dsi_report *report, const char *key, bool is_list)
{
    for (size_t i = 0; i < report->parameters.n; i++) {
        const struct dsi_entry *entry = &report->parameters.items[i];
        if (strcmp(entry->key, key) == 0 && !(is_list && entry->is_list))
            return false;
    }
    return true;
}

static enum dsi_status load_parameter(struct dsi_report *report,
                                      struct dsi_bytes_reader *in,
                                      struct dsi_error *err)
{
    char *key;
    uint64_t is_list = 0;
    struct dsi_value value = {0};
    DSI_TRY(dsi_bytes_read_name(in, &key, err));
    enum dsi_status status = dsi_bytes_read_u64(in, &is_list, err);
    if (status == DSI_OK)
        status = load_value(in, &value, err);
    if (status == DSI_OK && (is_list > 1 || !is_free(report, key, is_list)))
        status = refuse(err);
    if (status == DSI_OK)
        status = is_list ? dsi_report_parameter_add(report, key, value, err)
                         : dsi_report_parameter(report, key, value, err);
    free(key);
    return status;
}

enum dsi_status dsi_report_load_question(struct dsi_report *report,
                                         struct dsi_bytes_reader *in,
                                         struct dsi_error *err)
{
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    for (uint64_t i = 0; i < n; i++)
        DSI_TRY(load_input(report, in, err));
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    for (uint64_t i = 0; i < n; i++)
        DSI_TRY(load_parameter(report, in, err));
    return DSI_OK;
}

enum { RULE, SOURCE, WHERE, DETAIL, LABEL, OTHER_SOURCE, OTHER_LABEL, N_TEXTS };

static enum dsi_status load_texts(struct dsi_bytes_reader *in, char *texts[N_TEXTS],
                                  struct dsi_error *err)
{
    for (int i = 0; i < N_TEXTS; i++) {
        uint64_t is_there;
        DSI_TRY(dsi_bytes_read_u64(in, &is_there, err));
        if (is_there > 1 || (i == RULE && !is_there))
            return refuse(err);
        if (is_there)
            DSI_TRY(dsi_bytes_read_name(in, &texts[i], err));
    }
    return DSI_OK;
}

static enum dsi_status load_finding(struct dsi_report *report,
                                    struct dsi_bytes_reader *in, struct dsi_error *err)
{
    char *texts[N_TEXTS] = {0};
    uint64_t severity, index, other_index, n_cases;
    DSI_TRY(dsi_bytes_read_u64(in, &severity, err));
    DSI_TRY(dsi_bytes_read_u64(in, &index, err));
    DSI_TRY(dsi_bytes_read_u64(in, &other_index, err));
    DSI_TRY(dsi_bytes_read_u64(in, &n_cases, err));
    if (severity > DSI_ERROR)
        return refuse(err);
    enum dsi_status status = load_texts(in, texts, err);
    struct dsi_finding finding = {.rule = texts[RULE],
                                  .severity = (enum dsi_severity)severity,
                                  .source = texts[SOURCE],
                                  .index = index,
                                  .where = texts[WHERE],
                                  .detail = texts[DETAIL],
                                  .label = texts[LABEL],
                                  .other_source = texts[OTHER_SOURCE],
                                  .other_index = other_index,
                                  .other_label = texts[OTHER_LABEL],
                                  .n_cases = n_cases};
    if (status == DSI_OK)
        status = dsi_report_finding(report, &finding, err);
    for (int i = 0; i < N_TEXTS; i++)
        free(texts[i]);
    return status;
}

enum dsi_status dsi_report_load_findings(struct dsi_report *report,
                                         struct dsi_bytes_reader *in,
                                         struct dsi_error *err)
{
    uint64_t n;
    DSI_TRY(dsi_bytes_read_u64(in, &n, err));
    for (uint64_t i = 0; i < n; i++)
        DSI_TRY(load_finding(report, in, err));
    return DSI_OK;
}
