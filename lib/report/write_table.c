/* The table: for people and terminals, so all text is escaped, and measured as a
 * terminal with UTF-8 would show it. */
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "report_store.h"
#include "text.h"
#include "writers.h"

enum { GAP = 2, INDENT = 4, DOT_WIDTH = 3, LEAST_TEXT_WIDTH = 8 };

static const char ellipsis[] = "\xe2\x80\xa6"; /* one column */
static const char dot[] = " \xc2\xb7 ";

static const char bold[] = "\033[1m", dim[] = "\033[2m", red[] = "\033[31m",
                  yellow[] = "\033[33m", plain[] = "\033[0m";

struct table {
    const struct dsi_report *report;
    const struct dsi_write_options *options;
    size_t *widths;  /* columns on the terminal, one a report column */
    bool *is_hidden; /* one a report column: without a value in any row */
    size_t n_shown;  /* columns of the line that fields have been put into */
    size_t column;   /* where a wrapped line stands */
    size_t
        n_spaces; /* owed before whatever comes next on the line, dropped at its end */
    struct dsi_out out;
};

/* One field as it will be printed: bytes that live until the next field. */
struct field {
    const char *text;
    size_t n, width;
    char number[DSI_NUMBER_SIZE];
};

static void text_field(struct table *table, const char *text, size_t n,
                       struct field *field)
{
    const struct dsi_bytes *escaped = dsi_out_escape(&table->out, text, n);
    field->text = (const char *)escaped->data;
    field->n = escaped->n;
    field->width = dsi_text_width(field->text, field->n);
}

static void value_field(struct table *table, const struct dsi_value *value,
                        struct field *field)
{
    if (value->type == DSI_VALUE_TEXT) {
        text_field(table, value->as.text.bytes, value->as.text.n, field);
        return;
    }
    field->text = field->number;
    field->n = value->type == DSI_VALUE_FLOAT
                   ? dsi_format_double_short(value->as.real, field->number)
                   : dsi_format_value(value, field->number);
    field->width = field->n;
}

/* --- widths ---------------------------------------------------------------------- */

static void widen(size_t *width, size_t to)
{
    if (*width < to)
        *width = to;
}

/* A column that says nothing of any row is left out. */
static void hide_empty(struct table *table)
{
    const struct dsi_report *report = table->report;
    struct field field;
    for (size_t i = 0; i < report->n_columns && report->n_rows; i++) {
        bool any = false;
        for (size_t row = 0; row < report->n_rows && !any; row++) {
            struct dsi_value value = dsi_report_value(report, row, i);
            value_field(table, &value, &field);
            any = field.n > 0;
        }
        table->is_hidden[i] = !any;
    }
    if (report->drawing < report->n_columns && !table->options->draws)
        table->is_hidden[report->drawing] = true;
}

static void measure(struct table *table)
{
    const struct dsi_report *report = table->report;
    struct field field;
    for (size_t i = 0; !table->options->no_header && i < report->n_columns; i++) {
        const char *name = report->columns[i].name;
        text_field(table, name, strlen(name), &field);
        widen(&table->widths[i], field.width);
    }
    for (size_t row = 0; row < report->n_rows; row++)
        for (size_t i = 0; i < report->n_columns; i++) {
            struct dsi_value value = dsi_report_value(report, row, i);
            value_field(table, &value, &field);
            widen(&table->widths[i], field.width);
        }
}

static size_t total_width(const struct table *table)
{
    size_t total = 0, n_shown = 0;
    for (size_t i = 0; i < table->report->n_columns; i++)
        if (!table->is_hidden[i])
            total += table->widths[i] + (n_shown++ ? GAP : 0);
    return total;
}

/* Text may shrink, but for a drawing: what is left of one draws something else. */
static bool may_shrink(const struct table *table, size_t i)
{
    return table->report->columns[i].is_text && i != table->report->drawing &&
           table->widths[i] > LEAST_TEXT_WIDTH;
}

/* The columns that a table takes where all shrinks that may. */
static size_t least_width(const struct table *table)
{
    size_t least = total_width(table);
    for (size_t i = 0; i < table->report->n_columns; i++)
        if (!table->is_hidden[i] && may_shrink(table, i))
            least -= table->widths[i] - LEAST_TEXT_WIDTH;
    return least;
}

/* The column to take from: the widest text column that may still shrink. */
static size_t widest_text(const struct table *table)
{
    const struct dsi_report *report = table->report;
    size_t widest = report->n_columns;
    for (size_t i = 0; i < report->n_columns; i++)
        if (!table->is_hidden[i] && may_shrink(table, i) &&
            (widest == report->n_columns || table->widths[i] > table->widths[widest]))
            widest = i;
    return widest;
}

/* Column by column from the widest down, so that short ones stay whole. Numbers never
 * shrink: half a number is a wrong number. A drawing that has no room goes first. */
static void fit_width(struct table *table)
{
    const size_t limit = table->options->width, drawing = table->report->drawing;
    if (limit && drawing < table->report->n_columns && least_width(table) > limit)
        table->is_hidden[drawing] = true;
    size_t total = total_width(table);
    while (limit && total > limit) {
        size_t i = widest_text(table);
        if (i == table->report->n_columns)
            break;
        table->widths[i]--;
        total--;
    }
}

/* --- fields ---------------------------------------------------------------------- */

/* The bytes at the start that take at most width columns, marks that combine with the
 * last of them included. */
static size_t head_bytes(const char *text, size_t n, size_t width)
{
    size_t at = 0, used = 0;
    while (at < n) {
        uint32_t code = 0;
        size_t length = dsi_utf8_decode(text + at, n - at, &code);
        used += dsi_code_width(code);
        if (used > width)
            break;
        at += length ? length : 1;
    }
    return at;
}

/* Where to start so that what is left takes at most width columns and does not begin
 * with a mark that has lost its letter. */
static size_t tail_start(const char *text, size_t n, size_t width)
{
    size_t at = 0, left = dsi_text_width(text, n);
    while (at < n) {
        uint32_t code = 0;
        size_t length = dsi_utf8_decode(text + at, n - at, &code);
        if (left <= width && dsi_code_width(code))
            break;
        left -= dsi_code_width(code);
        at += length ? length : 1;
    }
    return at;
}

/* The middle goes: a path is told apart by its two ends. Returns the columns used. */
static size_t put_shortened(struct dsi_out *out, const struct field *field,
                            size_t width)
{
    size_t for_head = (width - 1) / 2, for_tail = width - 1 - for_head;
    size_t head = head_bytes(field->text, field->n, for_head);
    size_t tail = tail_start(field->text, field->n, for_tail);
    dsi_out_put(out, field->text, head);
    dsi_out_text(out, ellipsis);
    dsi_out_put(out, field->text + tail, field->n - tail);
    return dsi_text_width(field->text, head) + 1 +
           dsi_text_width(field->text + tail, field->n - tail);
}

static void put_field(struct table *table, size_t column, const struct field *field)
{
    struct dsi_out *out = &table->out;
    size_t width = table->widths[column], used = field->width;
    bool is_text = table->report->columns[column].is_text;
    if (table->is_hidden[column])
        return;
    table->n_spaces += table->n_shown++ ? GAP : 0;
    table->n_spaces += !is_text && used < width ? width - used : 0;
    if (field->n) {
        dsi_out_repeat(out, ' ', table->n_spaces);
        table->n_spaces = 0;
    }
    if (used > width)
        used = put_shortened(out, field, width);
    else
        dsi_out_put(out, field->text, field->n);
    table->n_spaces += is_text && used < width ? width - used : 0;
}

static void end_line(struct table *table)
{
    table->n_spaces = 0;
    table->n_shown = 0;
    dsi_out_char(&table->out, '\n');
}

static void paint(struct table *table, const char *color)
{
    if (table->options->color)
        dsi_out_text(&table->out, color);
}

static void put_header(struct table *table)
{
    struct field field;
    paint(table, bold);
    for (size_t i = 0; i < table->report->n_columns; i++) {
        const char *name = table->report->columns[i].name;
        text_field(table, name, strlen(name), &field);
        put_field(table, i, &field);
    }
    paint(table, plain);
    end_line(table);
}

static void put_row(struct table *table, size_t row)
{
    struct field field;
    for (size_t i = 0; i < table->report->n_columns; i++) {
        struct dsi_value value = dsi_report_value(table->report, row, i);
        value_field(table, &value, &field);
        put_field(table, i, &field);
    }
    end_line(table);
}

/* --- findings and summary -------------------------------------------------------- */

static void put_escaped(struct table *table, const char *text, size_t n)
{
    const struct dsi_bytes *escaped = dsi_out_escape(&table->out, text, n);
    dsi_out_put(&table->out, escaped->data, escaped->n);
}

static const char *severity_color(enum dsi_severity severity)
{
    return severity == DSI_ERROR ? red : severity == DSI_WARNING ? yellow : dim;
}

static bool has_room(const struct table *table, size_t width)
{
    return !table->options->width || table->column + width <= table->options->width;
}

/* A blank and n bytes of escaped text, on the next line where this one is full;
 * n_glued columns will follow without a blank. */
static void put_word(struct table *table, const char *text, size_t n, size_t n_glued)
{
    size_t width = dsi_text_width(text, n);
    if (n && !has_room(table, 1 + width + n_glued)) {
        dsi_out_char(&table->out, '\n');
        dsi_out_repeat(&table->out, ' ', INDENT);
        table->column = INDENT;
    } else {
        dsi_out_char(&table->out, ' ');
        table->column++;
    }
    dsi_out_put(&table->out, text, n);
    table->column += width;
}

static void put_words(struct table *table, const char *text)
{
    const struct dsi_bytes *escaped = dsi_out_escape(&table->out, text, strlen(text));
    const char *at = (const char *)escaped->data;
    size_t left = escaped->n;
    while (left) {
        const char *blank = memchr(at, ' ', left);
        size_t n = blank ? (size_t)(blank - at) : left;
        put_word(table, at, n, 0);
        at += n + (blank != NULL);
        left -= n + (blank != NULL);
    }
}

/* severity rule where: detail. A path is never broken, as someone may copy it. */
static void put_finding(struct table *table, const struct dsi_finding *finding)
{
    const char *where = finding->where ? finding->where : finding->source;
    const char *severity = dsi_severity_name(finding->severity);
    const char *dataset = dsi_report_dataset_told(table->report, finding);
    struct dsi_out *out = &table->out;
    paint(table, severity_color(finding->severity));
    dsi_out_text(out, severity);
    paint(table, plain);
    table->column = strlen(severity);
    const struct dsi_bytes *word =
        dsi_out_escape(out, finding->rule, strlen(finding->rule));
    put_word(table, (const char *)word->data, word->n, finding->detail && !where);
    if (dataset) {
        word = dsi_out_escape(out, dataset, strlen(dataset));
        put_word(table, (const char *)word->data, word->n, 1);
        dsi_out_char(out, ':');
        table->column++;
    }
    if (where) {
        word = dsi_out_escape(out, where, strlen(where));
        put_word(table, (const char *)word->data, word->n, finding->detail != NULL);
    }
    if (finding->detail) {
        dsi_out_char(out, ':');
        table->column++;
        put_words(table, finding->detail);
    }
    dsi_out_char(out, '\n');
}

static void put_findings(struct table *table)
{
    const struct dsi_report *report = table->report;
    bool any = false;
    for (size_t i = 0; i < report->n_findings && table->out.status == DSI_OK; i++) {
        struct dsi_finding finding = dsi_report_finding_at(report, i);
        if (finding.is_row)
            continue;
        if (!any)
            dsi_out_char(&table->out, '\n');
        any = true;
        put_finding(table, &finding);
    }
}

static void put_summary(struct table *table)
{
    const struct dsi_entries *summary = &table->report->summary;
    struct field field;
    size_t n_shown = 0;
    table->column = 0;
    if (summary->n)
        dsi_out_char(&table->out, '\n');
    for (size_t i = 0; i < summary->n; i++) {
        const struct dsi_entry *entry = &summary->items[i];
        if (entry->value.type == DSI_VALUE_NULL)
            continue; /* not asked for, or not known: nothing to read */
        value_field(table, &entry->value, &field);
        size_t width = strlen(entry->key) + 1 + field.width;
        if (n_shown && has_room(table, DOT_WIDTH + width)) {
            dsi_out_text(&table->out, dot);
            table->column += DOT_WIDTH;
        } else if (n_shown) {
            dsi_out_char(&table->out, '\n');
            table->column = 0;
        }
        n_shown++;
        table->column += width;
        put_escaped(table, entry->key, strlen(entry->key));
        dsi_out_char(&table->out, ' ');
        value_field(table, &entry->value, &field);
        dsi_out_put(&table->out, field.text, field.n);
    }
    if (summary->n)
        dsi_out_char(&table->out, '\n');
}

static enum dsi_status write_table(const struct dsi_report *report,
                                   const struct dsi_write_options *options,
                                   struct dsi_sink sink, struct dsi_error *err)
{
    size_t n_columns = report->n_columns;
    struct table table = {.report = report, .options = options};
    table.widths = dsi_alloc_zeroed(n_columns ? n_columns : 1, sizeof *table.widths);
    table.is_hidden =
        dsi_alloc_zeroed(n_columns ? n_columns : 1, sizeof *table.is_hidden);
    enum dsi_status status =
        table.widths && table.is_hidden
            ? dsi_out_init(&table.out, sink, err)
            : dsi_fail_memory(err, n_columns * sizeof *table.widths);
    if (status != DSI_OK)
        goto out;
    hide_empty(&table);
    measure(&table);
    fit_width(&table);
    if (!options->no_header)
        put_header(&table);
    for (size_t i = 0; i < report->n_rows && table.out.status == DSI_OK; i++)
        put_row(&table, i);
    put_findings(&table);
    put_summary(&table);
    status = dsi_out_finish(&table.out);
out:
    free(table.is_hidden);
    free(table.widths);
    return status;
}

const struct dsi_writer dsi_writer_table = {.name = "table", .write = write_table};
