/* json and ndjson. report.h says how texts and numbers come out. */
#include <math.h>
#include <string.h>

#include "out.h"
#include "report_store.h"
#include "text.h"
#include "writers.h"

static const char hex_digits[] = "0123456789abcdef";

static void put_unicode(struct dsi_out *out, uint32_t code)
{
    dsi_out_text(out, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4)
        dsi_out_char(out, hex_digits[code >> shift & 15]);
}

static bool is_hex(char c)
{
    return c && strchr(hex_digits, c);
}

/* A backslash that begins what would read as the stand-in for a byte. */
static bool looks_like_byte(const char *text, size_t n)
{
    return n >= 4 && text[0] == '\\' && text[1] == 'x' && is_hex(text[2]) &&
           is_hex(text[3]);
}

static void put_byte(struct dsi_out *out, unsigned char byte)
{
    dsi_out_text(out, "\\\\x");
    dsi_out_char(out, hex_digits[byte >> 4]);
    dsi_out_char(out, hex_digits[byte & 15]);
}

static void put_code(struct dsi_out *out, uint32_t code)
{
    static const char controls[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
    const char *control = code && code < 0x80 ? strchr(controls, (int)code) : NULL;
    if (control) {
        dsi_out_char(out, '\\');
        dsi_out_char(out, letters[control - controls]);
    } else {
        put_unicode(out, code); /* the unsafe ones all lie below U+10000 */
    }
}

static size_t plain_run(const char *text, size_t n)
{
    size_t i = 0;
    while (i < n) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            break;
        i++;
    }
    return i;
}

/* What readers of JSON take and those of YAML, who read baselines, do not. */
static bool is_no_character(uint32_t code)
{
    return code == 0xfffe || code == 0xffff;
}

void dsi_out_json(struct dsi_out *out, const char *text, size_t n)
{
    dsi_out_char(out, '"');
    for (size_t at = 0; at < n;) {
        size_t length = plain_run(text + at, n - at);
        uint32_t code;
        if (length) {
            dsi_out_put(out, text + at, length);
        } else if (looks_like_byte(text + at, n - at) ||
                   !(length = dsi_utf8_decode(text + at, n - at, &code))) {
            length = 1;
            put_byte(out, (unsigned char)text[at]);
        } else if (code == '"' || code == '\\' || dsi_code_is_unsafe(code) ||
                   is_no_character(code)) {
            put_code(out, code);
        } else {
            dsi_out_put(out, text + at, length);
        }
        at += length;
    }
    dsi_out_char(out, '"');
}

static bool is_non_finite(const struct dsi_value *value)
{
    return value->type == DSI_VALUE_FLOAT && !isfinite(value->as.real);
}

static void put_value(struct dsi_out *out, const struct dsi_value *value)
{
    if (value->type == DSI_VALUE_TEXT) {
        dsi_out_json(out, value->as.text.bytes, value->as.text.n);
    } else if (value->type == DSI_VALUE_NULL || is_non_finite(value)) {
        dsi_out_text(out, "null");
    } else {
        char text[DSI_NUMBER_SIZE];
        dsi_out_put(out, text, dsi_format_value(value, text));
    }
}

static void put_key(struct dsi_out *out, const char *key, const char **comma)
{
    dsi_out_text(out, *comma);
    *comma = ",";
    dsi_out_json(out, key, strlen(key));
    dsi_out_char(out, ':');
}

static void put_key_text(struct dsi_out *out, const char *key, const char *text,
                         const char **comma)
{
    put_key(out, key, comma);
    if (text)
        dsi_out_json(out, text, strlen(text));
    else
        dsi_out_text(out, "null");
}

/* --- input, parameters, summary -------------------------------------------------- */

static void put_input(struct dsi_out *out, const struct dsi_entries *inputs)
{
    dsi_out_char(out, '[');
    for (size_t i = 0; i < inputs->n; i++) {
        dsi_out_text(out, i ? "," : "");
        put_value(out, &inputs->items[i].value);
    }
    dsi_out_char(out, ']');
}

/* Where the key of entry i was first used: a list is printed there, whole. */
static size_t first_of_key(const struct dsi_entries *entries, size_t i)
{
    size_t first = 0;
    while (strcmp(entries->items[first].key, entries->items[i].key) != 0)
        first++;
    return first;
}

static void put_list(struct dsi_out *out, const struct dsi_entries *entries,
                     size_t first)
{
    const char *key = entries->items[first].key;
    dsi_out_char(out, '[');
    for (size_t i = first; i < entries->n; i++) {
        if (strcmp(entries->items[i].key, key) != 0)
            continue;
        dsi_out_text(out, i > first ? "," : "");
        put_value(out, &entries->items[i].value);
    }
    dsi_out_char(out, ']');
}

static void put_entries(struct dsi_out *out, const struct dsi_entries *entries,
                        const char **comma)
{
    for (size_t i = 0; i < entries->n; i++) {
        const struct dsi_entry *entry = &entries->items[i];
        if (entry->is_list && first_of_key(entries, i) < i)
            continue;
        put_key(out, entry->key, comma);
        if (entry->is_list)
            put_list(out, entries, i);
        else
            put_value(out, &entry->value);
    }
}

static uint64_t count_non_finite(const struct dsi_report *report, bool with_parameters)
{
    uint64_t n = 0;
    for (size_t i = 0; i < report->summary.n; i++)
        n += is_non_finite(&report->summary.items[i].value);
    for (size_t i = 0; with_parameters && i < report->parameters.n; i++)
        n += is_non_finite(&report->parameters.items[i].value);
    for (size_t row = 0; row < report->n_rows; row++)
        for (size_t column = 0; column < report->n_columns; column++) {
            struct dsi_value value = dsi_report_value(report, row, column);
            n += column != report->drawing && is_non_finite(&value);
        }
    return n;
}

static void put_summary(struct dsi_out *out, const struct dsi_report *report,
                        uint64_t n_non_finite)
{
    const char *comma = "";
    dsi_out_char(out, '{');
    put_entries(out, &report->summary, &comma);
    if (n_non_finite) {
        struct dsi_value count = dsi_uint(n_non_finite);
        put_key(out, "nulls_from_non_finite", &comma);
        put_value(out, &count);
    }
    dsi_out_char(out, '}');
}

/* --- rows and findings ----------------------------------------------------------- */

static void put_row(struct dsi_out *out, const struct dsi_report *report, size_t row,
                    bool draws)
{
    const char *comma = "";
    dsi_out_char(out, '{');
    for (size_t i = 0; i < report->n_columns; i++) {
        struct dsi_value value = dsi_report_value(report, row, i);
        if (i == report->drawing && !draws)
            continue;
        put_key(out, report->columns[i].name, &comma);
        put_value(out, &value);
    }
    dsi_out_char(out, '}');
}

static void put_id(struct dsi_out *out, const struct dsi_finding *finding,
                   const char **comma)
{
    const uint64_t id = dsi_finding_id(finding);
    put_key(out, "id", comma);
    dsi_out_char(out, '"');
    for (int shift = 60; shift >= 0; shift -= 4)
        dsi_out_char(out, hex_digits[id >> shift & 15]);
    dsi_out_char(out, '"');
}

static void put_finding(struct dsi_out *out, const struct dsi_finding *finding,
                        bool shows_id)
{
    const char *comma = "";
    struct dsi_value index =
        finding->index == UINT64_MAX ? dsi_null() : dsi_uint(finding->index);
    dsi_out_char(out, '{');
    put_key_text(out, "rule", finding->rule, &comma);
    put_key_text(out, "severity", dsi_severity_name(finding->severity), &comma);
    if (shows_id)
        put_key_text(out, "dataset", finding->dataset, &comma);
    put_key_text(out, "source", finding->source, &comma);
    put_key(out, "index", &comma);
    put_value(out, &index);
    put_key_text(out, "where", finding->where, &comma);
    put_key_text(out, "detail", finding->detail, &comma);
    if (shows_id)
        put_id(out, finding, &comma);
    dsi_out_char(out, '}');
}

static void put_findings(struct dsi_out *out, const struct dsi_report *report,
                         const char *line_end)
{
    dsi_out_char(out, '[');
    for (size_t i = 0; i < report->n_findings && out->status == DSI_OK; i++) {
        struct dsi_finding finding = dsi_report_finding_at(report, i);
        dsi_out_text(out, i ? "," : "");
        dsi_out_text(out, line_end);
        put_finding(out, &finding, report->shows_ids);
    }
    dsi_out_text(out, report->n_findings ? line_end : "");
    dsi_out_char(out, ']');
}

static void put_rows(struct dsi_out *out, const struct dsi_report *report, bool draws)
{
    dsi_out_char(out, '[');
    for (size_t i = 0; i < report->n_rows && out->status == DSI_OK; i++) {
        dsi_out_text(out, i ? ",\n" : "\n");
        put_row(out, report, i, draws);
    }
    dsi_out_text(out, report->n_rows ? "\n]" : "]");
}

/* --- the two formats ------------------------------------------------------------- */

static void put_head(struct dsi_out *out, const struct dsi_report *report)
{
    const char *comma = "";
    dsi_out_text(out, "{\"schema\":\"dsinspect.");
    dsi_out_text(out, report->tool);
    dsi_out_text(out,
                 "/1\",\n\"tool\":{\"name\":\"dsinspect\",\"version\":\"" DSI_VERSION
                 "\"},\n\"input\":");
    put_input(out, &report->inputs);
    dsi_out_text(out, ",\n\"parameters\":{");
    put_entries(out, &report->parameters, &comma);
    dsi_out_char(out, '}');
}

/* A part shows its drawings: what is made of them is for eyes. */
static void put_report(struct dsi_out *out, const struct dsi_report *report,
                       bool is_part)
{
    put_head(out, report);
    dsi_out_text(out, ",\n\"summary\":");
    put_summary(out, report, count_non_finite(report, true));
    dsi_out_text(out, ",\n\"rows\":");
    put_rows(out, report, is_part);
    dsi_out_text(out, ",\n\"findings\":");
    put_findings(out, report, "\n");
}

/* Parts have no parts. */
static void put_parts(struct dsi_out *out, const struct dsi_report *report)
{
    dsi_out_text(out, ",\n\"results\":[");
    for (size_t i = 0; i < report->n_parts && out->status == DSI_OK; i++) {
        const char *comma = "";
        dsi_out_text(out, i ? ",\n{" : "\n{");
        put_key_text(out, "dataset", report->parts[i].name, &comma);
        put_key(out, "report", &comma);
        put_report(out, report->parts[i].report, true);
        dsi_out_text(out, "}}");
    }
    dsi_out_text(out, "\n]");
}

static enum dsi_status write_json(const struct dsi_report *report,
                                  const struct dsi_write_options *options,
                                  struct dsi_sink sink, struct dsi_error *err)
{
    struct dsi_out out;
    (void)options;
    DSI_TRY(dsi_out_init(&out, sink, err));
    put_report(&out, report, false);
    if (report->n_parts ||
        report->shows_ids) /* of check, whether or not any is there */
        put_parts(&out, report);
    dsi_out_text(&out, "}\n");
    return dsi_out_finish(&out);
}

static enum dsi_status write_ndjson(const struct dsi_report *report,
                                    const struct dsi_write_options *options,
                                    struct dsi_sink sink, struct dsi_error *err)
{
    struct dsi_out out;
    char end = options->end_with_nul ? '\0' : '\n';
    DSI_TRY(dsi_out_init(&out, sink, err));
    for (size_t i = 0; i < report->n_rows && out.status == DSI_OK; i++) {
        put_row(&out, report, i, false);
        dsi_out_char(&out, end);
    }
    dsi_out_text(&out, "{\"summary\":");
    put_summary(&out, report, count_non_finite(report, false));
    dsi_out_text(&out, ",\"findings\":");
    put_findings(&out, report, "");
    dsi_out_char(&out, '}');
    dsi_out_char(&out, end);
    return dsi_out_finish(&out);
}

const struct dsi_writer dsi_writer_json = {.name = "json", .write = write_json};
const struct dsi_writer dsi_writer_ndjson = {.name = "ndjson", .write = write_ndjson};
