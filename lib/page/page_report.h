/* The page of one report and of those that are its parts (dsi_report_attach). */
#ifndef DSI_PAGE_REPORT_H
#define DSI_PAGE_REPORT_H

#include "page.h"

/* page gives all but the sections. */
DSI_CHECKED enum dsi_status dsi_page_write_report(const struct dsi_page *page,
                                                  const struct dsi_report *report,
                                                  struct dsi_sink sink,
                                                  struct dsi_error *err);

/* "html": the page with what goes without saying. */
extern const struct dsi_writer dsi_writer_html;

#endif
