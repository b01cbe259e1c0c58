/* The path of a metric, as it is written. */
#include "metric.h"

#include <stdlib.h>
#include <string.h>

static bool is_word(const char *text, size_t n)
{
    return n && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") >= n;
}

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

static enum dsi_status copy(char **to, const char *text, size_t n,
                            struct dsi_error *err)
{
    *to = dsi_text_copy(text, n);
    return *to ? DSI_OK : dsi_fail_memory(err, n);
}

/* *at begins a value and is moved past it. In quotes, a backslash makes the character
 * after it stand for itself. */
static enum dsi_status take_value(char **value, const char **at, struct dsi_error *err)
{
    const char *text = *at;
    if (*text != '"') {
        const size_t n = strcspn(text, ",]");
        *at += n;
        return copy(value, text, n, err);
    }
    DSI_TRY(copy(value, text, strlen(text), err));
    char *out = *value;
    for (text++; *text && *text != '"'; text++) {
        text += *text == '\\' && text[1];
        *out++ = *text;
    }
    *out = '\0';
    if (*text != '"')
        return dsi_fail(err, DSI_ERR_USAGE, "a quote in [...] is not closed");
    *at = text + 1;
    return DSI_OK;
}

/* *at stands behind "[" and is moved behind "]". */
static enum dsi_status take_selectors(struct dsi_metric *metric, const char **at,
                                      struct dsi_error *err)
{
    size_t capacity = 0;
    if (begins(*at, "*]")) {
        *at += 2;
        return DSI_OK;
    }
    for (;;) {
        const size_t n = strcspn(*at, "=,]");
        if ((*at)[n] != '=' || !is_word(*at, n))
            return dsi_fail(err, DSI_ERR_USAGE,
                            "[...] selects rows by COLUMN=VALUE, or all of them by *");
        struct dsi_selector *list = dsi_grow_array(
            metric->selectors, metric->n_selectors, &capacity, sizeof *list);
        if (!list)
            return dsi_fail_memory(err, sizeof *list);
        metric->selectors = list;
        list[metric->n_selectors] = (struct dsi_selector){0};
        struct dsi_selector *selector = &list[metric->n_selectors++];
        DSI_TRY(copy(&selector->column, *at, n, err));
        *at += n + 1;
        DSI_TRY(take_value(&selector->value, at, err));
        if (**at == ']')
            break;
        if (*(*at)++ != ',')
            return dsi_fail(err, DSI_ERR_USAGE, "[...] is not closed by ]");
    }
    ++*at;
    return DSI_OK;
}

static enum dsi_status take_key(struct dsi_metric *metric, const char *at,
                                const char *what, struct dsi_error *err)
{
    if (!is_word(at, strlen(at)))
        return dsi_fail(err, DSI_ERR_USAGE, "'%.100s' is no %s", at, what);
    return copy(&metric->key, at, strlen(at), err);
}

static enum dsi_status take_rows(struct dsi_metric *metric, const char *at,
                                 struct dsi_error *err)
{
    metric->kind = DSI_METRIC_ROWS;
    if (*at == '[') {
        at++;
        DSI_TRY(take_selectors(metric, &at, err));
    }
    if (*at != '.')
        return dsi_fail(err, DSI_ERR_USAGE, "rows%s wants .COLUMN after it",
                        metric->n_selectors ? "[...]" : "");
    return take_key(metric, at + 1, "column", err);
}

enum dsi_status dsi_metric_parse(struct dsi_metric *metric, const char *text,
                                 struct dsi_error *err)
{
    const size_t n = strcspn(text, ".");
    *metric = (struct dsi_metric){0};
    if (begins(text, "findings.")) {
        metric->kind = DSI_METRIC_FINDINGS;
        return take_key(metric, text + 9, "rule or severity", err);
    }
    if (!text[n] || !is_word(text, n))
        return dsi_fail(err, DSI_ERR_USAGE,
                        "a metric is TOOL.KEY, TOOL.rows[COLUMN=VALUE].COLUMN, "
                        "TOOL.findings.RULE or findings.RULE");
    DSI_TRY(copy(&metric->tool, text, n, err));
    const char *rest = text + n + 1;
    if (begins(rest, "rows[") || begins(rest, "rows."))
        return take_rows(metric, rest + 4, err);
    if (begins(rest, "findings.")) {
        metric->kind = DSI_METRIC_FINDINGS;
        return take_key(metric, rest + 9, "rule or severity", err);
    }
    metric->kind = DSI_METRIC_SUMMARY;
    return take_key(metric, begins(rest, "summary.") ? rest + 8 : rest,
                    "key of a summary", err);
}

/* --- writing ------------------------------------------------------------------------
 */

static enum dsi_status add(struct dsi_bytes *to, const char *text,
                           struct dsi_error *err)
{
    return dsi_bytes_append(to, text, strlen(text), err);
}

enum dsi_status dsi_metric_write_value(const char *value, struct dsi_bytes *to,
                                       struct dsi_error *err)
{
    if (value[0] && !strpbrk(value, ",]\""))
        return add(to, value, err);
    DSI_TRY(add(to, "\"", err));
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            DSI_TRY(add(to, "\\", err));
        DSI_TRY(dsi_bytes_append(to, value, 1, err));
    }
    return add(to, "\"", err);
}

enum dsi_status dsi_metric_write(const struct dsi_metric *metric, struct dsi_bytes *to,
                                 struct dsi_error *err)
{
    if (metric->tool) {
        DSI_TRY(add(to, metric->tool, err));
        DSI_TRY(add(to, ".", err));
    }
    if (metric->kind == DSI_METRIC_FINDINGS)
        DSI_TRY(add(to, "findings.", err));
    if (metric->kind == DSI_METRIC_ROWS)
        DSI_TRY(add(to, metric->n_selectors ? "rows[" : "rows[*", err));
    for (size_t i = 0; i < metric->n_selectors; i++) {
        DSI_TRY(add(to, i ? "," : "", err));
        DSI_TRY(add(to, metric->selectors[i].column, err));
        DSI_TRY(add(to, "=", err));
        DSI_TRY(dsi_metric_write_value(metric->selectors[i].value, to, err));
    }
    if (metric->kind == DSI_METRIC_ROWS)
        DSI_TRY(add(to, "].", err));
    return add(to, metric->key, err);
}

void dsi_metric_free(struct dsi_metric *metric)
{
    for (size_t i = 0; i < metric->n_selectors; i++) {
        free(metric->selectors[i].column);
        free(metric->selectors[i].value);
    }
    free(metric->selectors);
    free(metric->tool);
    free(metric->key);
    *metric = (struct dsi_metric){0};
}
