/* Tells a report what it was asked: its inputs and parameters. */
#include "scan_tool.h"

#include <math.h>
#include <string.h>

/* Common options that change what is found; the others change how it is shown. */
static bool changes_results(const char *name)
{
    static const char *const names[] = {"exclude", "limit-bytes", "limit-pixels", NULL};
    for (const char *const *n = names; *n; n++)
        if (strcmp(name, *n) == 0)
            return true;
    return false;
}

/* Of the common options that every tool has, a flag is told where it is given. */
static bool is_told(const struct dsi_option *option)
{
    if (strcmp(option->name, "follow-external") == 0)
        return *option->value.flag;
    return changes_results(option->name);
}

static struct dsi_value value_of(const struct dsi_option *option)
{
    switch (option->kind) {
    case DSI_OPTION_FLAG:
        return dsi_bool(*option->value.flag);
    case DSI_OPTION_UINT:
        return *option->value.natural == UINT64_MAX ? dsi_null()
                                                    : dsi_uint(*option->value.natural);
    case DSI_OPTION_INT:
        return *option->value.integer == INT64_MIN ? dsi_null()
                                                   : dsi_int(*option->value.integer);
    case DSI_OPTION_FLOAT:
        return isnan(*option->value.real) ? dsi_null() : dsi_float(*option->value.real);
    case DSI_OPTION_TEXT:
        return dsi_text(*option->value.text);
    case DSI_OPTION_CHOICE:
        return *option->value.choice < 0
                   ? dsi_null()
                   : dsi_text(option->choices[*option->value.choice]);
    case DSI_OPTION_END:
    case DSI_OPTION_GROUP:
    case DSI_OPTION_TEXTS:
        break;
    }
    return dsi_null();
}

static enum dsi_status add_option(const struct dsi_option *option,
                                  struct dsi_report *report, struct dsi_error *err)
{
    char key[64];
    size_t n = 0;
    for (; option->name[n] && n + 1 < sizeof key; n++)
        key[n] = option->name[n] == '-' ? '_' : option->name[n];
    key[n] = '\0';
    if (option->kind != DSI_OPTION_TEXTS)
        return dsi_report_parameter(report, key, value_of(option), err);
    for (size_t i = 0; i < option->value.texts->n; i++)
        DSI_TRY(dsi_report_parameter_add(report, key,
                                         dsi_text(option->value.texts->texts[i]), err));
    return DSI_OK;
}

static enum dsi_status add_table(const struct dsi_option *table, bool is_common,
                                 struct dsi_report *report, struct dsi_error *err)
{
    for (const struct dsi_option *o = table; o->kind != DSI_OPTION_END; o++)
        if (o->kind != DSI_OPTION_GROUP &&
            (is_common ? is_told(o) : !dsi_option_names_output(o)))
            DSI_TRY(add_option(o, report, err));
    return DSI_OK;
}

enum dsi_status dsi_tool_report_call(const struct dsi_tool_call *call,
                                     const struct dsi_inputs *inputs,
                                     struct dsi_report *report, struct dsi_error *err)
{
    for (size_t i = 0; i < inputs->n; i++)
        DSI_TRY(dsi_report_input(report, inputs->names[i], err));
    for (size_t t = 0; call->tables[t]; t++) {
        bool is_common = t > 0 || !call->tool->options;
        DSI_TRY(add_table(call->tables[t], is_common, report, err));
    }
    return DSI_OK;
}
