/* A baseline as a file: JSON, a line a value and a line a finding, so that a repository
 * shows what changed. */
#include "baseline.h"

#include "out.h"
#include "yaml_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char schema[] = "dsinspect.baseline/1";

/* --- reading: JSON is YAML ----------------------------------------------------------
 */

/* Up to 10^7 ids of 20 bytes. */
#define MAX_BYTES (UINT64_C(256) << 20)

static enum dsi_status refuse(const struct dsi_yaml *node, const char *what,
                              struct dsi_error *err)
{
    return dsi_fail(err, DSI_ERR_MALFORMED,
                    "%zu:%zu: is no baseline: %s (make it anew with --update-baseline)",
                    node->line, node->column, what);
}

static enum dsi_status take_values(struct dsi_baseline *baseline,
                                   const struct dsi_yaml *map, struct dsi_error *err)
{
    if (map->kind != DSI_YAML_MAP)
        return refuse(map, "values are not a map", err);
    for (const struct dsi_yaml *item = map->first; item; item = item->next) {
        double number;
        if (item->kind != DSI_YAML_SCALAR)
            return refuse(item, "a value is a list or a map", err);
        const bool is_null = dsi_yaml_is_null(item);
        const struct dsi_value value = is_null ? dsi_null()
                                       : dsi_yaml_number(item, &number)
                                           ? dsi_float(number)
                                           : dsi_text(item->text);
        DSI_TRY(dsi_baseline_add_read(baseline, item->key->text, &value, err));
    }
    return DSI_OK;
}

static enum dsi_status take_findings(struct dsi_baseline *baseline,
                                     const struct dsi_yaml *list, struct dsi_error *err)
{
    if (list->kind != DSI_YAML_LIST)
        return refuse(list, "findings are not a list", err);
    for (const struct dsi_yaml *item = list->first; item; item = item->next) {
        if (item->kind != DSI_YAML_SCALAR || strlen(item->text) != 16 ||
            strspn(item->text, "0123456789abcdef") != 16)
            return refuse(item, "a finding's id is not 16 hex digits", err);
        DSI_TRY(dsi_known_findings_add(&baseline->findings,
                                       strtoull(item->text, NULL, 16), err));
    }
    return DSI_OK;
}

static enum dsi_status take(struct dsi_baseline *baseline, const struct dsi_yaml *root,
                            struct dsi_error *err)
{
    const struct dsi_yaml empty = {.line = 1, .column = 1};
    if (!root || root->kind != DSI_YAML_MAP)
        return refuse(root ? root : &empty, "it is not a map", err);
    const struct dsi_yaml *kind = dsi_yaml_item(root, "schema");
    const struct dsi_yaml *values = dsi_yaml_item(root, "values");
    const struct dsi_yaml *findings = dsi_yaml_item(root, "findings");
    if (!kind || kind->kind != DSI_YAML_SCALAR || strcmp(kind->text, schema) != 0)
        return refuse(root, "its schema is not dsinspect.baseline/1", err);
    if (!values || !findings)
        return refuse(root, "it lacks values or findings", err);
    DSI_TRY(take_values(baseline, values, err));
    DSI_TRY(take_findings(baseline, findings, err));
    dsi_baseline_sort(baseline);
    return DSI_OK;
}

enum dsi_status dsi_baseline_read(struct dsi_baseline *baseline, const char *path,
                                  bool *is_there, struct dsi_error *err)
{
    struct dsi_complaints complaints = {.path = "line"};
    struct dsi_yaml *root = NULL;
    *is_there = access(path, F_OK) == 0 || errno != ENOENT;
    if (!*is_there)
        return DSI_OK;
    enum dsi_status status = dsi_yaml_read(&root, path, MAX_BYTES, &complaints, err);
    if (status == DSI_OK && complaints.n)
        status = dsi_fail(err, DSI_ERR_MALFORMED, "is no baseline: %.400s",
                          complaints.n_items ? complaints.items[0].text : "");
    if (status == DSI_OK)
        status = take(baseline, root, err);
    dsi_complaints_free(&complaints);
    dsi_yaml_free(root);
    return status;
}

/* --- writing ------------------------------------------------------------------------
 */

static void put_value(struct dsi_out *out, const struct dsi_baseline_value *value)
{
    if (value->is_number)
        dsi_out_text(out, value->text);
    else if (!value->text[0])
        dsi_out_text(out, "null");
    else
        dsi_out_json(out, value->text, strlen(value->text));
}

static void put_id(struct dsi_out *out, uint64_t id)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        dsi_out_char(out, "0123456789abcdef"[id >> shift & 15]);
}

static enum dsi_status print(const struct dsi_baseline *baseline, struct dsi_sink sink,
                             struct dsi_error *err)
{
    struct dsi_out out;
    DSI_TRY(dsi_out_init(&out, sink, err));
    dsi_out_text(&out, "{\"schema\":\"");
    dsi_out_text(&out, schema);
    dsi_out_text(&out, "\",\n\"values\":{");
    for (size_t i = 0; i < baseline->n; i++) {
        const struct dsi_baseline_value *value = &baseline->values[i];
        dsi_out_text(&out, i ? ",\n" : "\n");
        dsi_out_json(&out, value->name, strlen(value->name));
        dsi_out_char(&out, ':');
        put_value(&out, value);
    }
    dsi_out_text(&out, "},\n\"findings\":[");
    for (size_t i = 0; i < baseline->findings.n; i++) {
        dsi_out_text(&out, i ? ",\n\"" : "\n\"");
        put_id(&out, baseline->findings.ids[i]);
        dsi_out_char(&out, '"');
    }
    dsi_out_text(&out, "]}\n");
    return dsi_out_finish(&out);
}

enum dsi_status dsi_baseline_write(const struct dsi_baseline *baseline,
                                   const char *path, struct dsi_error *err)
{
    struct dsi_atomic_file *file = NULL;
    DSI_TRY(dsi_atomic_open(&file, path, err));
    const enum dsi_status status = print(baseline, dsi_sink_to_atomic(file), err);
    if (status == DSI_OK)
        return dsi_atomic_commit(file, err);
    dsi_atomic_abandon(file);
    return status;
}
