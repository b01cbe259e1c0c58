/* tsv and csv: the same fields, escaped alike; csv has another separator and quotes. */
#include <string.h>

#include "out.h"
#include "report_store.h"
#include "text.h"
#include "writers.h"

struct style {
    char separator;
    bool quotes;
};

/* RFC 4180. Line ends need no quotes here: they are escaped already. An empty field
 * that is alone on its line is quoted, or the line would read as no record at all. */
static void put_quoted(struct dsi_out *out, const char *text, size_t n, bool is_alone)
{
    bool needed = memchr(text, ',', n) || memchr(text, '"', n) || (!n && is_alone);
    if (!needed) {
        dsi_out_put(out, text, n);
        return;
    }
    dsi_out_char(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"')
            dsi_out_char(out, '"');
        dsi_out_char(out, text[i]);
    }
    dsi_out_char(out, '"');
}

static void put_text(struct dsi_out *out, const char *text, size_t n,
                     const struct style *style, bool is_alone)
{
    const struct dsi_bytes *field = dsi_out_escape(out, text, n);
    const char *bytes = field->n ? (const char *)field->data : "";
    if (style->quotes)
        put_quoted(out, bytes, field->n, is_alone);
    else
        dsi_out_put(out, bytes, field->n);
}

static void put_value(struct dsi_out *out, const struct dsi_value *value,
                      const struct style *style, bool is_alone)
{
    if (value->type == DSI_VALUE_TEXT) {
        put_text(out, value->as.text.bytes, value->as.text.n, style, is_alone);
        return;
    }
    char text[DSI_NUMBER_SIZE];
    size_t n = dsi_format_value(value, text);
    if (style->quotes)
        put_quoted(out, text, n, is_alone);
    else
        dsi_out_put(out, text, n);
}

static void put_header(struct dsi_out *out, const struct dsi_report *report,
                       const struct style *style, char end)
{
    for (size_t i = 0; i < report->n_columns; i++) {
        const char *name = report->columns[i].name;
        if (i == report->drawing)
            continue;
        if (i)
            dsi_out_char(out, style->separator);
        put_text(out, name, strlen(name), style, report->n_columns == 1);
    }
    dsi_out_char(out, end);
}

static void put_row(struct dsi_out *out, const struct dsi_report *report, size_t row,
                    const struct style *style, char end)
{
    for (size_t i = 0; i < report->n_columns; i++) {
        struct dsi_value value = dsi_report_value(report, row, i);
        if (i == report->drawing)
            continue;
        if (i)
            dsi_out_char(out, style->separator);
        put_value(out, &value, style, report->n_columns == 1);
    }
    dsi_out_char(out, end);
}

static enum dsi_status write_rows(const struct dsi_report *report,
                                  const struct dsi_write_options *options,
                                  struct dsi_sink sink, const struct style *style,
                                  struct dsi_error *err)
{
    struct dsi_out out;
    char end = options->end_with_nul ? '\0' : '\n';
    DSI_TRY(dsi_out_init(&out, sink, err));
    if (!options->no_header)
        put_header(&out, report, style, end);
    for (size_t i = 0; i < report->n_rows && out.status == DSI_OK; i++)
        put_row(&out, report, i, style, end);
    return dsi_out_finish(&out);
}

static enum dsi_status write_tsv(const struct dsi_report *report,
                                 const struct dsi_write_options *options,
                                 struct dsi_sink sink, struct dsi_error *err)
{
    static const struct style style = {.separator = '\t', .quotes = false};
    return write_rows(report, options, sink, &style, err);
}

static enum dsi_status write_csv(const struct dsi_report *report,
                                 const struct dsi_write_options *options,
                                 struct dsi_sink sink, struct dsi_error *err)
{
    static const struct style style = {.separator = ',', .quotes = true};
    return write_rows(report, options, sink, &style, err);
}

const struct dsi_writer dsi_writer_tsv = {.name = "tsv", .write = write_tsv};
const struct dsi_writer dsi_writer_csv = {.name = "csv", .write = write_csv};
