/* Files of results from anywhere: read, and whatever is read is shown. The page must be
 * text that no browser takes for code. */
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "read_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* No picture is there; that it is asked for is part of the page. */
static bool no_picture(void *context, const char *path,
                       struct dsi_page_picture *picture)
{
    (void)context;
    (void)path;
    (void)picture;
    return false;
}

static void show(const struct dsi_page_section *sections, size_t n)
{
    const struct dsi_page page = {.title = "fuzz",
                                  .sections = sections,
                                  .n_sections = n,
                                  .max_rows = 3,
                                  .picture = no_picture};
    struct dsi_bytes html = {0};
    struct dsi_error err;
    must(dsi_page_write(&page, dsi_sink_to_bytes(&html), &err) == DSI_OK);
    must(!memmem(html.data, html.n, "<script", strlen("<script")));
    for (size_t i = 0; i < html.n; i++)
        must(html.data[i] >= 0x20 || html.data[i] == '\n');
    dsi_bytes_free(&html);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    enum { MOST = 8 };
    struct dsi_page_section sections[2 * MOST + 1];
    struct dsi_stored stored;
    struct dsi_error err;
    size_t k = 0;
    if (dsi_stored_read(&stored, data, n, &err) != DSI_OK) {
        must(!stored.report && !stored.results);
        return 0;
    }
    /* Each twice, as an earlier run and as the last. */
    for (size_t i = 0; i < stored.n_results && i < MOST; i++)
        for (int past = 1; past >= 0; past--)
            sections[k++] =
                (struct dsi_page_section){.run = "run",
                                          .dataset = stored.results[i].dataset,
                                          .report = stored.results[i].report,
                                          .is_past = past};
    sections[k++] = (struct dsi_page_section){.run = "run", .report = stored.report};
    show(sections, k);
    dsi_stored_free(&stored);
    return 0;
}
