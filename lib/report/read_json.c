#include "read_json.h"

#include "json_value.h"

#include <stdlib.h>
#include <string.h>

/* Of "dsinspect.TOOL/1". */
static const char *const known_tools[] = {"info",  "balance",  "labels", "missing",
                                          "range", "outliers", "dups",   "images",
                                          "diff",  "check",    NULL};

/* --- text to JSON -------------------------------------------------------------------
 */

/* jansson's parser calls itself for each bracket, up to 2,048 deep: fine for the stack,
 * but nothing of ours is nested so, and each level costs far more than its byte. */
static enum dsi_status check_depth(const char *text, size_t n, struct dsi_error *err)
{
    unsigned depth = 0;
    uint64_t line = 1;
    bool is_text = false;
    for (size_t i = 0; i < n; i++) {
        const char c = text[i];
        line += c == '\n';
        if (is_text) {
            i += c == '\\';
            is_text = c != '"';
            continue;
        }
        is_text = c == '"';
        depth += c == '[' || c == '{';
        depth -= (c == ']' || c == '}') && depth;
        if (depth > DSI_STORED_DEPTH)
            return dsi_fail(err, DSI_ERR_LIMIT, "line %llu: nested more than %d deep",
                            (unsigned long long)line, DSI_STORED_DEPTH);
    }
    return DSI_OK;
}

static enum dsi_status parse_text(json_t **root, const char *text, size_t n,
                                  struct dsi_error *err)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    json_error_t error;
    DSI_TRY(check_depth(text, n, err));
    *root = json_loadb(text, n, flags, &error);
    if (!*root && json_error_code(&error) == json_error_numeric_overflow)
        *root = json_loadb(text, n, flags | JSON_DECODE_INT_AS_REAL, &error);
    if (*root)
        return DSI_OK;
    if (json_error_code(&error) == json_error_out_of_memory)
        return dsi_fail_memory(err, n);
    return dsi_fail(err, DSI_ERR_MALFORMED, "line %d, column %d: %s", error.line,
                    error.column, error.text);
}

/* --- the parts of a report ----------------------------------------------------------
 */

struct reading {
    struct dsi_report *report;
    struct dsi_bytes text; /* the one last read */
    struct dsi_error *err;
};

static enum dsi_status read_tool(const json_t *root, const char **tool,
                                 struct dsi_error *err)
{
    static const char begin[] = "dsinspect.";
    const json_t *schema = json_object_get(root, "schema");
    const char *name = json_string_value(schema);
    if (!name || strncmp(name, begin, sizeof begin - 1) != 0)
        return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                        "no \"schema\" of dsinspect's: not what --format=json prints");
    const size_t n = strcspn(name += sizeof begin - 1, "/");
    for (const char *const *known = known_tools; *known; known++) {
        if (strlen(*known) != n || memcmp(*known, name, n) != 0)
            continue;
        *tool = *known;
        return strcmp(name + n, "/1") == 0
                   ? DSI_OK
                   : dsi_fail(err, DSI_ERR_UNSUPPORTED,
                              "\"schema\" is %.80s; version 1 is read",
                              json_string_value(schema));
    }
    return dsi_fail(err, DSI_ERR_UNSUPPORTED,
                    "\"schema\": results of '%.80s' are not known here", name);
}

static enum dsi_status read_inputs(struct reading *r, const json_t *root)
{
    const json_t *inputs;
    DSI_TRY(dsi_json_member(root, "input", JSON_ARRAY, &inputs, "", r->err));
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        struct dsi_value value;
        DSI_TRY(dsi_json_value(json_array_get(inputs, i), &r->text, &value, "\"input\"",
                               r->err));
        if (value.type != DSI_VALUE_TEXT)
            return dsi_fail(r->err, DSI_ERR_MALFORMED, "\"input\" holds no name");
        DSI_TRY(dsi_report_input(r->report, value.as.text.bytes, r->err));
    }
    return DSI_OK;
}

static enum dsi_status read_list(struct reading *r, const char *key, const json_t *list)
{
    struct dsi_value value;
    for (size_t i = 0; i < json_array_size(list); i++) {
        DSI_TRY(dsi_json_value(json_array_get(list, i), &r->text, &value, key, r->err));
        DSI_TRY(dsi_report_parameter_add(r->report, key, value, r->err));
    }
    return DSI_OK;
}

static enum dsi_status read_entries(struct reading *r, const json_t *root,
                                    const char *part, bool is_summary)
{
    const json_t *object;
    const char *key;
    json_t *entry;
    DSI_TRY(dsi_json_member(root, part, JSON_OBJECT, &object, "", r->err));
    if (json_object_size(object) > DSI_STORED_MOST_COLUMNS)
        return dsi_fail(r->err, DSI_ERR_LIMIT, "\"%s\" has more than %d entries", part,
                        DSI_STORED_MOST_COLUMNS);
    json_object_foreach((json_t *)object, key, entry)
    {
        struct dsi_value value;
        if (json_is_array(entry) && !is_summary) {
            DSI_TRY(read_list(r, key, entry));
            continue;
        }
        DSI_TRY(dsi_json_value(entry, &r->text, &value, key, r->err));
        DSI_TRY(is_summary ? dsi_report_summary(r->report, key, value, r->err)
                           : dsi_report_parameter(r->report, key, value, r->err));
    }
    return DSI_OK;
}

/* A text or null of a finding; copied, since the next is read into the same bytes. */
static enum dsi_status read_text(struct reading *r, const json_t *object,
                                 const char *key, char **copy)
{
    const json_t *json = json_object_get(object, key);
    struct dsi_value value = dsi_null();
    *copy = NULL;
    if (json)
        DSI_TRY(dsi_json_value(json, &r->text, &value, key, r->err));
    if (value.type == DSI_VALUE_NULL)
        return DSI_OK;
    if (value.type != DSI_VALUE_TEXT)
        return dsi_fail(r->err, DSI_ERR_MALFORMED, "\"findings\": \"%s\" is no text",
                        key);
    *copy = dsi_text_copy(value.as.text.bytes, value.as.text.n);
    return *copy ? DSI_OK : dsi_fail_memory(r->err, value.as.text.n);
}

static bool severity_named(const char *name, enum dsi_severity *severity)
{
    for (int s = DSI_OFF; s <= DSI_ERROR; s++) {
        *severity = (enum dsi_severity)s;
        if (name && strcmp(name, dsi_severity_name(*severity)) == 0)
            return true;
    }
    return false;
}

enum { N_TEXTS = 5 };

static enum dsi_status add_finding(struct reading *r, const json_t *object,
                                   char *texts[N_TEXTS])
{
    static const char *const keys[] = {"rule", "source", "where", "detail", "dataset"};
    const json_t *index = json_object_get(object, "index");
    struct dsi_finding finding = {.index = UINT64_MAX};
    for (int i = 0; i < N_TEXTS; i++)
        DSI_TRY(read_text(r, object, keys[i], &texts[i]));
    finding.rule = texts[0];
    finding.source = texts[1];
    finding.where = texts[2];
    finding.detail = texts[3];
    finding.dataset = texts[4];
    if (!finding.rule)
        return dsi_fail(r->err, DSI_ERR_MALFORMED, "\"findings\": one without a rule");
    if (!severity_named(json_string_value(json_object_get(object, "severity")),
                        &finding.severity))
        return dsi_fail(r->err, DSI_ERR_MALFORMED,
                        "\"findings\": one of %.80s has no severity", finding.rule);
    if (json_is_integer(index) && json_integer_value(index) >= 0)
        finding.index = (uint64_t)json_integer_value(index);
    return dsi_report_finding(r->report, &finding, r->err);
}

static enum dsi_status read_findings(struct reading *r, const json_t *root)
{
    const json_t *list;
    DSI_TRY(dsi_json_member(root, "findings", JSON_ARRAY, &list, "", r->err));
    for (size_t i = 0; i < json_array_size(list); i++) {
        char *texts[N_TEXTS] = {NULL};
        const json_t *object = json_array_get(list, i);
        enum dsi_status status =
            json_is_object(object)
                ? add_finding(r, object, texts)
                : dsi_fail(r->err, DSI_ERR_MALFORMED, "\"findings\" holds no finding");
        for (int k = 0; k < N_TEXTS; k++)
            free(texts[k]);
        DSI_TRY(status);
    }
    return DSI_OK;
}

/* --- one file -----------------------------------------------------------------------
 */

static enum dsi_status read_parts(struct reading *r, const json_t *root)
{
    DSI_TRY(read_inputs(r, root));
    DSI_TRY(read_entries(r, root, "parameters", false));
    DSI_TRY(read_entries(r, root, "summary", true));
    DSI_TRY(dsi_json_rows(r->report, root, r->err));
    return read_findings(r, root);
}

/* On failure *report is NULL. */
static enum dsi_status read_report(struct dsi_report **report, const json_t *root,
                                   struct dsi_error *err)
{
    const char *tool = NULL;
    *report = NULL;
    if (!json_is_object(root))
        return dsi_fail(err, DSI_ERR_MALFORMED, "not an object");
    DSI_TRY(read_tool(root, &tool, err));
    struct reading r = {.err = err};
    DSI_TRY(dsi_json_report(&r.report, tool, root, err));
    const enum dsi_status status = read_parts(&r, root);
    dsi_bytes_free(&r.text);
    if (status != DSI_OK)
        dsi_report_free(r.report);
    else
        *report = r.report;
    return status;
}

static enum dsi_status read_result(struct dsi_stored *stored, const json_t *json,
                                   struct dsi_error *err)
{
    struct dsi_stored_result *result = &stored->results[stored->n_results];
    const json_t *name, *report;
    struct dsi_bytes text = {0};
    DSI_TRY(dsi_json_member(json, "dataset", JSON_STRING, &name, "\"results\": ", err));
    DSI_TRY(
        dsi_json_member(json, "report", JSON_OBJECT, &report, "\"results\": ", err));
    struct dsi_value value;
    enum dsi_status status = dsi_json_value(name, &text, &value, "\"dataset\"", err);
    *result = (struct dsi_stored_result){0};
    if (status == DSI_OK) {
        result->dataset = dsi_text_copy(value.as.text.bytes, value.as.text.n);
        status = result->dataset ? DSI_OK : dsi_fail_memory(err, value.as.text.n);
    }
    dsi_bytes_free(&text);
    stored->n_results += result->dataset != NULL;
    return status == DSI_OK ? read_report(&result->report, report, err) : status;
}

static enum dsi_status read_results(struct dsi_stored *stored, const json_t *root,
                                    struct dsi_error *err)
{
    const json_t *list = json_object_get(root, "results");
    const size_t n = json_array_size(list);
    if (!list)
        return DSI_OK;
    if (!json_is_array(list))
        return dsi_fail(err, DSI_ERR_MALFORMED, "\"results\" is not a list");
    stored->results = dsi_alloc_zeroed(n + 1, sizeof *stored->results);
    if (!stored->results)
        return dsi_fail_memory(err, n * sizeof *stored->results);
    for (size_t i = 0; i < n; i++)
        DSI_TRY(read_result(stored, json_array_get(list, i), err));
    return DSI_OK;
}

enum dsi_status dsi_stored_read(struct dsi_stored *stored, const void *data, size_t n,
                                struct dsi_error *err)
{
    json_t *root = NULL;
    *stored = (struct dsi_stored){0};
    DSI_TRY(parse_text(&root, data, n, err));
    enum dsi_status status = read_report(&stored->report, root, err);
    if (status == DSI_OK)
        status = read_results(stored, root, err);
    json_decref(root);
    if (status != DSI_OK)
        dsi_stored_free(stored);
    return status;
}

void dsi_stored_free(struct dsi_stored *stored)
{
    dsi_report_free(stored->report);
    for (size_t i = 0; i < stored->n_results; i++) {
        free(stored->results[i].dataset);
        dsi_report_free(stored->results[i].report);
    }
    free(stored->results);
    *stored = (struct dsi_stored){0};
}
