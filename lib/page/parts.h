/* The pieces that a page is put together from. For lib/page alone. */
#ifndef DSI_PARTS_H
#define DSI_PARTS_H

#include "html.h"
#include "page.h"

/* How something went, said by colour, sign and word. */
enum dsi_grade { DSI_GRADE_PLAIN, DSI_GRADE_GOOD, DSI_GRADE_WARN, DSI_GRADE_BAD };

const char *dsi_grade_class(enum dsi_grade grade); /* "plain", "good", ... */
/* The sign, as a small drawing that is not read out. */
void dsi_grade_sign(struct dsi_html *h, enum dsi_grade grade);
/* The sign and a word in a pill. */
void dsi_grade_pill(struct dsi_html *h, enum dsi_grade grade, const char *word);

enum dsi_grade dsi_grade_of_severity(enum dsi_severity severity);
/* Of "passed", "warned", "failed", "skipped" of check, and of the statuses of diff. */
enum dsi_grade dsi_grade_of_word(const char *word);
/* Of a whole report: its verdict, its differences, else its findings. */
enum dsi_grade dsi_grade_of_report(const struct dsi_report *report);

/* Of diff: the arrays that are not the same, by its summary; of others 0. */
size_t dsi_count_differences(const struct dsi_report *report);

struct dsi_tally {
    size_t of[DSI_ERROR + 1];
};
struct dsi_tally dsi_tally_findings(const struct dsi_report *report);
/* "2 errors, 1 note"; "no findings". */
void dsi_tally_say(struct dsi_html *h, const struct dsi_tally *tally);

/* --- tables --------------------------------------------------------------------------
 */

struct dsi_table {
    const struct dsi_report *report;
    const char *label;           /* of the box it scrolls in */
    const char *const *left_out; /* columns not shown, NULL-terminated; NULL: all are */
    /* One more column after the first, drawn. NULL: none. */
    const char *drawn_heading;
    void (*draw)(struct dsi_html *h, const struct dsi_report *report, size_t row,
                 void *context);
    void *context;
};

/* The rows as a table in a box of its own; the first column is the row's heading, and
 * columns without any value are left out. */
void dsi_table_put(struct dsi_html *h, const struct dsi_table *table);

/* The box alone: between the two stand rows. */
void dsi_box_begin(struct dsi_html *h, const char *class, const char *label);
void dsi_box_end(struct dsi_html *h);
/* "200 of 5000 rows are shown", where n is more than may be. */
void dsi_left_out(struct dsi_html *h, size_t n, const char *noun);
size_t dsi_shown(const struct dsi_html *h,
                 size_t n); /* the smaller of n and max_rows */

/* --- names and pictures --------------------------------------------------------------
 */

/* Asks the page for the picture of a path, and draws it; false: it has none. */
bool dsi_picture_put(struct dsi_html *h, const char *path);

/* A name that may be long. */
void dsi_name_put(struct dsi_html *h, const struct dsi_value *name);

/* The name of a section: its dataset, or its inputs. */
void dsi_section_name(struct dsi_html *h, const struct dsi_page_section *section);

/* --- the parts of a section ----------------------------------------------------------
 */

/* A key, or a path of keys: a long word, which may be broken behind its parts. */
void dsi_key_put(struct dsi_html *h, const char *key);
void dsi_facts_put(struct dsi_html *h, const struct dsi_report *report);
/* are_elsewhere: other sections have them, too, so they are folded up here. */
void dsi_findings_put(struct dsi_html *h, const struct dsi_report *report,
                      bool are_elsewhere);
void dsi_trend_put(struct dsi_html *h, const struct dsi_page_section *section);
/* A table of two columns: which options were given. */
void dsi_asked_put(struct dsi_html *h, const struct dsi_report *report);

/* How the rows of a tool are drawn; of others they are a table. */
struct dsi_plot {
    const char *tool;
    void (*draw)(struct dsi_html *h, const struct dsi_report *report);
};
extern const struct dsi_plot dsi_plots[]; /* ends with tool NULL */

void dsi_plot_balance(struct dsi_html *h, const struct dsi_report *report);
void dsi_plot_check(struct dsi_html *h, const struct dsi_report *report);
void dsi_plot_diff(struct dsi_html *h, const struct dsi_report *report);
void dsi_plot_dups(struct dsi_html *h, const struct dsi_report *report);
void dsi_plot_images(struct dsi_html *h, const struct dsi_report *report);
void dsi_plot_labels(struct dsi_html *h, const struct dsi_report *report);
void dsi_plot_missing(struct dsi_html *h, const struct dsi_report *report);
void dsi_plot_outliers(struct dsi_html *h, const struct dsi_report *report);
void dsi_plot_range(struct dsi_html *h, const struct dsi_report *report);

/* The page's style sheet, line by line, NULL-terminated. */
extern const char *const dsi_page_style[];

#endif
