/* What a metric may name, by the tools' own tables. */
#include "check_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dsi_metric_words dsi_metric_words_of(const struct dsi_tool *tool,
                                            const char *columns[DSI_METRIC_COLUMNS + 1])
{
    size_t n = 0;
    for (; tool->columns && tool->columns[n].name && n < DSI_METRIC_COLUMNS; n++)
        columns[n] = tool->columns[n].name;
    columns[n] = NULL;
    return (struct dsi_metric_words){.tool = tool->name,
                                     .summary = tool->summary,
                                     .columns = columns,
                                     .rules = tool->rules,
                                     .counts = tool->row_rules,
                                     .keys = tool->row_keys};
}

/* --- the nearest path ---------------------------------------------------------------
 */

static enum dsi_status add_paths(struct dsi_words *paths, const char *tool,
                                 const char *between, const char *const *words,
                                 struct dsi_error *err)
{
    for (; words && *words; words++)
        DSI_TRY(dsi_words_printf(paths, err, "%s.%s%s", tool, between, *words));
    return DSI_OK;
}

enum dsi_status dsi_metric_paths(struct dsi_words *paths, struct dsi_error *err)
{
    const char *columns[DSI_METRIC_COLUMNS + 1];
    for (size_t i = 0; dsi_tools[i]; i++) {
        const struct dsi_metric_words words =
            dsi_metric_words_of(dsi_tools[i], columns);
        if (!words.summary)
            continue;
        DSI_TRY(add_paths(paths, words.tool, "", words.summary, err));
        DSI_TRY(add_paths(paths, words.tool, "", words.counts, err));
        DSI_TRY(add_paths(paths, words.tool, "rows[*].", words.columns, err));
        DSI_TRY(add_paths(paths, words.tool, "findings.", words.rules, err));
    }
    return dsi_words_add(paths, NULL, err);
}

/* text without what is in brackets, as dsi_metric_paths has it; empty where it is too
 * long to be near anything. */
static void plain(char *to, size_t size, const char *text)
{
    const char *open = strchr(text, '['), *close = open ? strrchr(text, ']') : NULL;
    const int n = close
                      ? snprintf(to, size, "%.*s[*%s", (int)(open - text), text, close)
                      : snprintf(to, size, "%s", text);
    if (n < 0 || (size_t)n >= size)
        to[0] = '\0';
}

static enum dsi_status refuse(const char *text, struct dsi_error *err)
{
    struct dsi_words paths = {0};
    char sought[64];
    plain(sought, sizeof sought, text);
    enum dsi_status status = dsi_metric_paths(&paths, err);
    if (status == DSI_OK) {
        const char *near = dsi_nearest_word(sought, (const char *const *)paths.items);
        status = dsi_fail(err, DSI_ERR_USAGE, "unknown metric '%.200s'%s%s%s", text,
                          near ? " (did you mean " : "", near ? near : "",
                          near ? "?)" : " (dsinspect check --metrics lists them)");
    }
    dsi_words_free(&paths);
    return status;
}

/* --- is there such a one ------------------------------------------------------------
 */

static bool is_severity(const char *word)
{
    return strcmp(word, "note") == 0 || strcmp(word, "warning") == 0 ||
           strcmp(word, "error") == 0;
}

static bool is_rule_of_any(const char *word)
{
    for (size_t i = 0; dsi_tools[i]; i++)
        if (dsi_tools[i]->summary && dsi_word_is_in(dsi_tools[i]->rules, word))
            return true;
    return false;
}

/* Rules of bad data are every tool's, and listed by none. */
static bool is_finding(const struct dsi_tool *tool, const char *word)
{
    return is_severity(word) || dsi_rule_is_data(word) ||
           (tool ? dsi_word_is_in(tool->rules, word) : is_rule_of_any(word));
}

bool dsi_metric_is_finding(const struct dsi_tool *tool, const char *word)
{
    return is_finding(tool, word);
}

enum dsi_status dsi_metric_check(const struct dsi_metric *metric, const char *text,
                                 struct dsi_error *err)
{
    const char *columns[DSI_METRIC_COLUMNS + 1];
    const struct dsi_tool *tool = metric->tool ? dsi_tool_find(metric->tool) : NULL;
    if (!metric->tool)
        return is_finding(NULL, metric->key) ? DSI_OK : refuse(text, err);
    if (!tool || !tool->summary)
        return refuse(text, err);
    const struct dsi_metric_words words = dsi_metric_words_of(tool, columns);
    switch (metric->kind) {
    case DSI_METRIC_SUMMARY:
        return dsi_word_is_in(words.summary, metric->key) ||
                       dsi_word_is_in(words.counts, metric->key)
                   ? DSI_OK
                   : refuse(text, err);
    case DSI_METRIC_FINDINGS:
        return is_finding(tool, metric->key) ? DSI_OK : refuse(text, err);
    case DSI_METRIC_ROWS:
        break;
    }
    for (size_t i = 0; i < metric->n_selectors; i++)
        if (!dsi_word_is_in(words.columns, metric->selectors[i].column)) {
            const char *near =
                dsi_nearest_word(metric->selectors[i].column, words.columns);
            return dsi_fail(
                err, DSI_ERR_USAGE, "unknown column '%.100s' of %s in [...]%s%s%s",
                metric->selectors[i].column, tool->name, near ? " (did you mean " : "",
                near ? near : "", near ? "?)" : "");
        }
    return dsi_word_is_in(words.columns, metric->key) ? DSI_OK : refuse(text, err);
}
