/* Reports as one HTML page to look at: a verdict, a section for each report with its
 * plots and tables, the findings, and how figures moved from run to run.
 *
 * The page needs nothing else: no script, no file, no network, and its policy says so.
 * It is made of reports alone, wherever they come from. Every text in them may hold
 * anything. Equal reports make equal bytes. */
#ifndef DSI_PAGE_H
#define DSI_PAGE_H

#include "report.h"

struct dsi_page_section {
    const char *run;     /* what trends call it: the file it was stored in */
    const char *dataset; /* NULL: the report's inputs are its name */
    const struct dsi_report *report;
    bool is_past; /* an earlier run's: a point of the trend of the same tool and
                     dataset, and not shown otherwise */
    const struct dsi_page_section *before; /* the last of these; NULL: none */
};

/* Finds sections that tell of the same at different times (of check, or of the same
 * tool and dataset, or of the same inputs where there is no name), earlier ones before
 * later ones: all but the last are past. */
DSI_CHECKED enum dsi_status dsi_page_relate(struct dsi_page_section *sections, size_t n,
                                            struct dsi_error *err);

/* A small picture. uri is "data:image/...", and lives as long as the page's context
 * does; the sides are in pixels. */
struct dsi_page_picture {
    const char *uri;
    unsigned width, height;
};

/* All is borrowed. */
struct dsi_page {
    const char *title;
    const struct dsi_page_section *sections; /* earlier runs before later ones */
    size_t n_sections;
    size_t max_rows; /* of a table or list; the rest are said to be left out */
    /* The picture that a report names; false: there is none to show, and its name
     * stands alone. May be NULL, and is called while the page is written. */
    bool (*picture)(void *context, const char *path, struct dsi_page_picture *picture);
    void *context;
};

/* DSI_ERR_MEMORY, and what the sink fails with. */
DSI_CHECKED enum dsi_status dsi_page_write(const struct dsi_page *page,
                                           struct dsi_sink sink, struct dsi_error *err);

#endif
