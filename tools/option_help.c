/* The option part of a help page. */
#include "option.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_COLUMN = 28, NARROWEST = 50 };

enum dsi_status dsi_bytes_printf(struct dsi_bytes *out, struct dsi_error *err,
                                 const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    enum dsi_status status =
        n < 0 ? dsi_fail(err, DSI_ERR_MEMORY, "text could not be formatted")
              : dsi_bytes_reserve(out, (size_t)n + 1, err);
    if (status == DSI_OK) {
        vsnprintf((char *)out->data + out->n, (size_t)n + 1, format, again);
        out->n += (size_t)n;
    }
    va_end(again);
    return status;
}

enum dsi_status dsi_wrap_text(const char *text, unsigned at, unsigned indent,
                              unsigned width, struct dsi_bytes *out,
                              struct dsi_error *err)
{
    size_t column = at;
    bool is_fresh = true; /* no word on this line yet */
    for (;;) {
        text += strspn(text, " ");
        size_t n = strcspn(text, " ");
        if (n == 0)
            break;
        if (!is_fresh && column + 1 + n > width) {
            DSI_TRY(dsi_bytes_printf(out, err, "\n%*s", (int)indent, ""));
            column = indent;
            is_fresh = true;
        }
        DSI_TRY(
            dsi_bytes_printf(out, err, "%s%.*s", is_fresh ? "" : " ", (int)n, text));
        column += n + !is_fresh;
        is_fresh = false;
        text += n;
    }
    return dsi_bytes_append(out, "\n", 1, err);
}

/* 268435456 -> "256M", where nothing is lost. */
static enum dsi_status append_size(struct dsi_bytes *out, uint64_t value,
                                   struct dsi_error *err)
{
    static const char *const suffixes[] = {"", "k", "M", "G", "T"};
    size_t power = 0;
    while (value != 0 && value % 1024 == 0 && power < 4) {
        value /= 1024;
        power++;
    }
    return dsi_bytes_printf(out, err, " (default: %" PRIu64 "%s)", value,
                            suffixes[power]);
}

static enum dsi_status append_default(struct dsi_bytes *out, const struct dsi_option *o,
                                      struct dsi_error *err)
{
    switch (o->kind) {
    case DSI_OPTION_UINT:
        if (*o->value.natural == UINT64_MAX)
            return DSI_OK;
        if (o->is_size)
            return append_size(out, *o->value.natural, err);
        return dsi_bytes_printf(out, err, " (default: %" PRIu64 ")", *o->value.natural);
    case DSI_OPTION_INT:
        if (*o->value.integer == INT64_MIN)
            return DSI_OK;
        return dsi_bytes_printf(out, err, " (default: %" PRId64 ")", *o->value.integer);
    case DSI_OPTION_FLOAT:
        if (isnan(*o->value.real))
            return DSI_OK;
        return dsi_bytes_printf(out, err, " (default: %.15g)", *o->value.real);
    case DSI_OPTION_TEXT:
        if (!*o->value.text)
            return DSI_OK;
        return dsi_bytes_printf(out, err, " (default: %s)", *o->value.text);
    case DSI_OPTION_CHOICE:
        if (*o->value.choice < 0)
            return DSI_OK;
        return dsi_bytes_printf(out, err, " (default: %s)",
                                o->choices[*o->value.choice]);
    case DSI_OPTION_TEXTS:
        return dsi_bytes_printf(out, err, " (repeatable)");
    case DSI_OPTION_FLAG:
    case DSI_OPTION_END:
    case DSI_OPTION_GROUP:
        break;
    }
    return DSI_OK;
}

/* What stands to the right: the help, the choices, the default. Ends with a NUL. */
static enum dsi_status describe(struct dsi_bytes *text, const struct dsi_option *o,
                                struct dsi_error *err)
{
    DSI_TRY(dsi_bytes_printf(text, err, "%s", o->help));
    if (o->choices) {
        for (size_t i = 0; o->choices[i]; i++)
            DSI_TRY(
                dsi_bytes_printf(text, err, "%s%s", i ? ", " : ": ", o->choices[i]));
    }
    DSI_TRY(append_default(text, o, err));
    return dsi_bytes_append(text, "", 1, err);
}

static enum dsi_status append_option(struct dsi_bytes *out, const struct dsi_option *o,
                                     unsigned width, struct dsi_error *err)
{
    struct dsi_bytes text = {0};
    size_t start = out->n;
    enum dsi_status status;
    if (o->letter)
        status = dsi_bytes_printf(out, err, "  -%c, --%s", o->letter, o->name);
    else
        status = dsi_bytes_printf(out, err, "      --%s", o->name);
    if (status != DSI_OK)
        goto out;
    if (o->arg && (status = dsi_bytes_printf(out, err, "=%s", o->arg)) != DSI_OK)
        goto out;
    size_t column = out->n - start;
    if (column + 2 > TEXT_COLUMN)
        status = dsi_bytes_printf(out, err, "\n%*s", TEXT_COLUMN, "");
    else
        status = dsi_bytes_printf(out, err, "%*s", (int)(TEXT_COLUMN - column), "");
    if (status != DSI_OK)
        goto out;
    if ((status = describe(&text, o, err)) != DSI_OK)
        goto out;
    status = dsi_wrap_text((const char *)text.data, TEXT_COLUMN, TEXT_COLUMN, width,
                           out, err);
out:
    dsi_bytes_free(&text);
    return status;
}

enum dsi_status dsi_options_help(const struct dsi_option *const tables[],
                                 unsigned width, struct dsi_bytes *out,
                                 struct dsi_error *err)
{
    bool any_count = false, any_size = false, any = false;
    if (width < NARROWEST)
        width = NARROWEST;
    for (const struct dsi_option *const *t = tables; *t; t++) {
        for (const struct dsi_option *o = *t; o->kind != DSI_OPTION_END; o++) {
            if (o->kind == DSI_OPTION_GROUP) {
                DSI_TRY(
                    dsi_bytes_printf(out, err, "%s%s:\n", any ? "\n" : "", o->help));
                any = true;
                continue;
            }
            if (dsi_option_named(tables, o->name, strlen(o->name)) != o)
                continue;
            any = true;
            any_size |= o->is_size;
            any_count |= o->kind == DSI_OPTION_UINT && !o->is_size;
            DSI_TRY(append_option(out, o, width, err));
        }
    }
    if (any_size)
        DSI_TRY(dsi_bytes_printf(
            out, err, "\nSizes may end in k, M, G or T, which are powers of 1024.\n"));
    if (any_count)
        DSI_TRY(dsi_bytes_printf(
            out, err, "%sCounts may end in k, M or G, which are powers of 1000.\n",
            any_size ? "" : "\n"));
    return DSI_OK;
}
