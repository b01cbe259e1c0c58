/* What the members of a company open their dataset for, and who may open it together.
 */
#ifndef DSI_COMPANY_OPENING_H
#define DSI_COMPANY_OPENING_H

#include "scan_tool.h"

struct dsi_company_opening {
    struct dsi_dataset_options options;
    const struct dsi_common *common; /* of the call */
    bool are_folders;                /* all of the inputs */
};

struct dsi_company_opening dsi_company_opening_of(const struct dsi_tool_scan *scan);

/* Whether the one is opened as the other is. Pictures in folders are the same samples
 * in the same order whatever is asked of them; which arrays of a file are samples
 * depends on it. */
bool dsi_company_opens_alike(const struct dsi_company_opening *a,
                             const struct dsi_company_opening *b);

/* Whether the same arrays of a file, opened for the one, hold for the other what it
 * would read itself. */
bool dsi_company_reads_alike(const struct dsi_company_opening *a,
                             const struct dsi_company_opening *b);

/* Opens for `one`, too. */
void dsi_company_widen(struct dsi_dataset_options *all,
                       const struct dsi_dataset_options *one);

/* Whether it is for labels that the dataset is opened. */
bool dsi_company_wants_labels(const struct dsi_dataset_options *options);

#endif
