/* Several tools over one dataset with one scan, for whoever takes their reports.
 *
 * A tool's run works its options into the parameters of a check, on its own stack, and
 * calls dsi_tool_scan. In company that call starts the next tool's run instead of a
 * scan; the last one scans for all of them, while everybody's parameters are alive, and
 * the reports are taken on the way back. So a tool knows nothing of it, and what it
 * reports is what it would have reported alone. */
#ifndef DSI_COMPANY_H
#define DSI_COMPANY_H

#include "scan_tool.h"

struct dsi_member {
    struct dsi_tool_parsed *parsed; /* borrowed; the call of the company's own */
    struct dsi_report *report;      /* settled; NULL: there is none, as err tells */
    int code;                       /* what the tool would have exited with, but for
                                       --fail-on */
    bool is_empty;                  /* no input could be opened: its report tells why */
    bool has_failed;                /* err tells why */
    struct dsi_error err;

    struct dsi_tool_scan *scan; /* private, while it rides */
};

struct dsi_company {
    struct dsi_member *members;
    size_t n;
    bool is_trial;     /* options are worked out, and nothing is opened */
    const char *cache; /* folder of what earlier scans found; NULL */
    int64_t now;       /* of the clock, in seconds, for the cache */

    size_t n_here; /* private */
};

/* Runs all members, each of which scans the same inputs. False where the options of one
 * of them cannot be, which has been said; nothing was scanned then. The caller frees
 * the reports. */
DSI_CHECKED bool dsi_company_run(struct dsi_company *company);

/* For dsi_tool_scan: where a tool of a company comes to. Returns its exit code. */
int dsi_company_join(struct dsi_company *company, struct dsi_tool_scan *scan);

/* For a tool that does not scan: takes the report, as the only member, and sets it to
 * NULL. */
void dsi_company_take(struct dsi_company *company, struct dsi_report **report,
                      int code);
/* The same where there is none. */
void dsi_company_fail(struct dsi_company *company, const struct dsi_error *err);

#endif
