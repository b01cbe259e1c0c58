/* github: workflow commands, which GitHub makes annotations of. Its runner keeps the
 * first ten errors and the first ten warnings of a step: checks come before findings,
 * and what is left is counted.
 *
 * Texts are one line each and lead no line, so none can be a command of its own. The
 * older commands, ##[name], are looked for anywhere in a line, but only in lines that
 * do not begin with a command of the newer form; those here hold none of a report's
 * texts. */
#include <string.h>

#include "report_store.h"
#include "verdicts.h"
#include "writers.h"

enum { MAX_OF_A_KIND = 10 };

struct github {
    struct dsi_verdicts verdicts;
    struct dsi_out out;
    struct dsi_pen message, property;
};

/* A text must not bring a line's end; the %25 it may hold must stay. */
static void put_escaped(struct dsi_out *out, const char *text, size_t n,
                        const char *special)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c && strchr(special, c)) {
            dsi_out_char(out, '%');
            dsi_out_char(out, digits[c >> 4]);
            dsi_out_char(out, digits[c & 15]);
        } else {
            dsi_out_char(out, text[i]);
        }
    }
}

static void put_message(struct dsi_out *out, const char *text, size_t n)
{
    put_escaped(out, text, n, "%\r\n");
}

static void put_property(struct dsi_out *out, const char *text, size_t n)
{
    put_escaped(out, text, n, "%\r\n:,");
}

/* A file that GitHub could show: not an address within one (a.h5:/x, a.npy[7]), not
 * standard input, and not a name that had to be escaped to be printed. */
static bool is_plain_path(struct dsi_out *out, const char *where)
{
    size_t n = where ? strlen(where) : 0;
    if (!n || where[n - 1] == ']' || strchr(where, ':') || strcmp(where, "-") == 0)
        return false;
    const struct dsi_bytes *escaped = dsi_out_escape(out, where, n);
    return escaped->n == n && memcmp(escaped->data, where, n) == 0;
}

static void put_verdict(struct github *github, const struct dsi_verdict *verdict,
                        const char *kind)
{
    struct dsi_out *out = &github->out;
    bool has_name = verdict->check.type != DSI_VALUE_NULL;
    dsi_out_text(out, "::");
    dsi_out_text(out, kind);
    dsi_out_text(out, " title=");
    dsi_pen_value(&github->property, has_name ? &verdict->check : &verdict->metric);
    dsi_out_text(out, "::");
    dsi_pen_verdict(&github->message, verdict);
    dsi_out_char(out, '\n');
}

static void put_finding(struct github *github, const struct dsi_finding *finding,
                        const char *kind)
{
    struct dsi_out *out = &github->out;
    dsi_out_text(out, "::");
    dsi_out_text(out, kind);
    dsi_out_char(out, ' ');
    if (is_plain_path(out, finding->where)) {
        dsi_out_text(out, "file=");
        dsi_pen_text(&github->property, finding->where);
        dsi_out_char(out, ',');
    }
    dsi_out_text(out, "title=");
    dsi_pen_text(&github->property, finding->rule);
    dsi_out_text(out, "::");
    dsi_pen_finding(&github->message, finding,
                    dsi_report_dataset_told(github->verdicts.report, finding));
    dsi_out_char(out, '\n');
}

/* Returns how many there are; the first ten are printed. */
static uint64_t put_kind(struct github *github, enum dsi_verdict_status status,
                         enum dsi_severity severity)
{
    const struct dsi_report *report = github->verdicts.report;
    const char *kind = dsi_severity_name(severity);
    uint64_t n = 0;
    for (size_t row = 0; row < report->n_rows; row++) {
        struct dsi_verdict verdict = dsi_verdict_at(&github->verdicts, row);
        if (verdict.status == status && n++ < MAX_OF_A_KIND)
            put_verdict(github, &verdict, kind);
    }
    for (size_t i = 0; i < report->n_findings; i++) {
        struct dsi_finding finding = dsi_report_finding_at(report, i);
        if (finding.severity == severity && n++ < MAX_OF_A_KIND)
            put_finding(github, &finding, kind);
    }
    return n;
}

static void put_left(struct dsi_out *out, uint64_t n_errors, uint64_t n_warnings)
{
    uint64_t errors = n_errors > MAX_OF_A_KIND ? n_errors - MAX_OF_A_KIND : 0;
    uint64_t warnings = n_warnings > MAX_OF_A_KIND ? n_warnings - MAX_OF_A_KIND : 0;
    if (!errors && !warnings)
        return;
    dsi_out_text(out, "::notice title=dsinspect check::not shown here: ");
    dsi_out_uint(out, errors);
    dsi_out_text(out, errors == 1 ? " error and " : " errors and ");
    dsi_out_uint(out, warnings);
    dsi_out_text(out, warnings == 1 ? " warning\n" : " warnings\n");
}

static enum dsi_status write_github(const struct dsi_report *report,
                                    const struct dsi_write_options *options,
                                    struct dsi_sink sink, struct dsi_error *err)
{
    struct github github = {.message = {.put = put_message}};
    struct dsi_out *out = &github.out;
    (void)options;
    DSI_TRY(dsi_out_init(out, sink, err));
    github.message.out = out;
    github.property = (struct dsi_pen){.out = out, .put = put_property};
    dsi_verdicts_init(&github.verdicts, report);
    uint64_t n_errors = put_kind(&github, DSI_FAILED, DSI_ERROR);
    uint64_t n_warnings = put_kind(&github, DSI_WARNED, DSI_WARNING);
    put_left(out, n_errors, n_warnings);
    dsi_out_text(out, "dsinspect check: ");
    dsi_out_text(out, dsi_verdict_status_name(dsi_verdicts_status(&github.verdicts)));
    dsi_out_text(out, ": ");
    dsi_out_counts(out, &github.verdicts);
    dsi_out_char(out, '\n');
    return dsi_out_finish(out);
}

const struct dsi_writer dsi_writer_github = {.name = "github", .write = write_github};
