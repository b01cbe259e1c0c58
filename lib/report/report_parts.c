/* Reports that are parts of a report, and what tells findings apart from night to
 * night. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "report_store.h"

enum dsi_status dsi_report_attach(struct dsi_report *report, const char *name,
                                  struct dsi_report *part, struct dsi_error *err)
{
    struct dsi_report_piece *parts = dsi_grow_array(
        report->parts, report->n_parts, &report->parts_capacity, sizeof *parts);
    if (!parts)
        return dsi_fail_memory(err, sizeof *parts);
    report->parts = parts;
    char *copy = dsi_text_copy(name, strlen(name));
    if (!copy)
        return dsi_fail_memory(err, strlen(name));
    parts[report->n_parts++] = (struct dsi_report_piece){copy, part};
    return DSI_OK;
}

void dsi_report_free_parts(struct dsi_report *report)
{
    for (size_t i = 0; i < report->n_parts; i++) {
        free(report->parts[i].name);
        dsi_report_free(report->parts[i].report);
    }
    free(report->parts);
}

size_t dsi_report_n_parts(const struct dsi_report *report)
{
    return report->n_parts;
}

const struct dsi_report *dsi_report_part_at(const struct dsi_report *report, size_t i)
{
    return report->parts[i].report;
}

const char *dsi_report_part_name(const struct dsi_report *report, size_t i)
{
    return report->parts[i].name;
}

void dsi_report_show_ids(struct dsi_report *report)
{
    report->shows_ids = true;
}

void dsi_report_tell_datasets(struct dsi_report *report)
{
    report->tells_datasets = true;
}

const char *dsi_report_dataset_told(const struct dsi_report *report,
                                    const struct dsi_finding *finding)
{
    return report->tells_datasets ? finding->dataset : NULL;
}

/* Each text is hashed with its NUL on top of what came before, so that neighbours do
 * not run into each other; NULL is a text no name is. */
static uint64_t add_text(uint64_t hash, const char *text)
{
    return text ? XXH3_64bits_withSeed(text, strlen(text) + 1, hash)
                : XXH3_64bits_withSeed("\xff", 1, hash);
}

/* The index counts where the place does not tell it: files come and go before a file.
 */
static uint64_t add_index(uint64_t hash, const char *where, uint64_t index)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(where ? 0 : index >> 8 * i);
    return XXH3_64bits_withSeed(bytes, sizeof bytes, hash);
}

uint64_t dsi_finding_id(const struct dsi_finding *finding)
{
    uint64_t hash = add_text(0, finding->rule);
    if (finding->dataset)
        hash = add_text(hash, finding->dataset);
    hash = add_text(hash, finding->where ? NULL : finding->source);
    hash = add_text(hash, finding->where);
    hash = add_index(hash, finding->where, finding->index);
    hash = add_text(hash, finding->label);
    hash = add_text(hash, finding->other_where ? NULL : finding->other_source);
    hash = add_text(hash, finding->other_where);
    if (finding->other_source)
        hash = add_index(hash, finding->other_where, finding->other_index);
    return add_text(hash, finding->other_label);
}
