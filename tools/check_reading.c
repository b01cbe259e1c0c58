#include "check_reading.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void dsi_reading_complain(struct dsi_check_reading *r, const struct dsi_yaml *node,
                          const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    dsi_complain(&r->config->complaints, node->line, node->column, "%s", text);
}

static bool is_bare(const struct dsi_yaml *node)
{
    return node->kind == DSI_YAML_SCALAR && node->is_plain && !node->text[0];
}

bool dsi_reading_wants(struct dsi_check_reading *r, const struct dsi_yaml *node,
                       enum dsi_yaml_kind kind, const char *what)
{
    static const char *const names[] = {"a single value", "a list", "a map"};
    if (node->kind == kind || (kind == DSI_YAML_LIST && is_bare(node)))
        return true;
    dsi_reading_complain(r, node, "%s is %s, not %s", what, names[kind],
                         names[node->kind]);
    return false;
}

void dsi_reading_refuse_key(struct dsi_check_reading *r, const struct dsi_yaml *item,
                            const char *where, const char *const *words)
{
    const char *near = dsi_nearest_word(item->key->text, words);
    if (near && strcmp(near, item->key->text) == 0)
        near = NULL; /* it may stand elsewhere, and not here */
    dsi_reading_complain(r, item->key, "unknown key '%.100s' %s%s%s%s", item->key->text,
                         where, near ? " (did you mean " : "", near ? near : "",
                         near ? "?)" : "");
}

const struct dsi_yaml *dsi_reading_first(const struct dsi_yaml *node)
{
    if (node->kind == DSI_YAML_LIST)
        return node->first;
    return is_bare(node) ? NULL : node;
}

const struct dsi_yaml *dsi_reading_next(const struct dsi_yaml *list,
                                        const struct dsi_yaml *item)
{
    return item == list ? NULL : item->next;
}

/* --- paths are taken from the folder of the file ------------------------------------
 */

enum dsi_status dsi_reading_add_path(struct dsi_check_reading *r,
                                     struct dsi_words *words, const char *before,
                                     const char *path, struct dsi_error *err)
{
    const bool is_whole = path[0] == '/' || !r->folder;
    return dsi_words_printf(words, err, "%s%s%s%s", before, is_whole ? "" : r->folder,
                            is_whole ? "" : "/", path);
}

enum dsi_status dsi_reading_add_paths(struct dsi_check_reading *r,
                                      const struct dsi_yaml *node, const char *what,
                                      struct dsi_words *words, struct dsi_error *err)
{
    const struct dsi_yaml *item = dsi_reading_first(node);
    if (!item)
        dsi_reading_complain(r, node, "%s names no file", what);
    for (; item; item = dsi_reading_next(node, item)) {
        if (!dsi_reading_wants(r, item, DSI_YAML_SCALAR, what))
            continue;
        if (!item->text[0])
            dsi_reading_complain(r, item, "%s names no file", what);
        else
            DSI_TRY(dsi_reading_add_path(r, words, "", item->text, err));
    }
    return DSI_OK;
}
