#include "page_report.h"

#include <stdlib.h>

enum { MAX_ROWS = 200 };

enum dsi_status dsi_page_write_report(const struct dsi_page *page,
                                      const struct dsi_report *report,
                                      struct dsi_sink sink, struct dsi_error *err)
{
    const size_t n = dsi_report_n_parts(report) + 1;
    struct dsi_page_section *sections = dsi_alloc_zeroed(n, sizeof *sections);
    if (!sections)
        return dsi_fail_memory(err, n * sizeof *sections);
    sections[0] = (struct dsi_page_section){.run = "", .report = report};
    for (size_t i = 1; i < n; i++)
        sections[i] =
            (struct dsi_page_section){.run = "",
                                      .dataset = dsi_report_part_name(report, i - 1),
                                      .report = dsi_report_part_at(report, i - 1)};
    struct dsi_page whole = *page;
    whole.sections = sections;
    whole.n_sections = n;
    const enum dsi_status status = dsi_page_write(&whole, sink, err);
    free(sections);
    return status;
}

static enum dsi_status write_html(const struct dsi_report *report,
                                  const struct dsi_write_options *options,
                                  struct dsi_sink sink, struct dsi_error *err)
{
    const struct dsi_page page = {.title = "Dataset report", .max_rows = MAX_ROWS};
    (void)options;
    return dsi_page_write_report(&page, report, sink, err);
}

const struct dsi_writer dsi_writer_html = {.name = "html", .write = write_html};
