/* The body of every tool that scans: open the inputs, fold the blocks, finish the
 * report. With --shard it keeps the states instead of the report, and under merge it
 * takes them from the shards instead of the inputs. */
#ifndef DSI_SCAN_TOOL_H
#define DSI_SCAN_TOOL_H

#include "cache.h"
#include "partial.h"
#include "scan.h"
#include "tool.h"

enum { DSI_TOOL_RUNS = 2 };

/* The file of --pass: what a shard of a later round begins with. */
struct dsi_tool_pass {
    struct dsi_bytes bytes; /* empty without --pass */
    struct dsi_partial partial;
};

struct dsi_tool_scan {
    /* Set by the tool */
    const struct dsi_tool_call *call;
    const struct dsi_check *check;
    const void *parameters;
    const char *labels;   /* --labels=INPUT; NULL */
    const char *split;    /* --split=NAME; NULL */
    bool labels_optional; /* of tools that make use of labels where there are any */
    bool values_beside_labels; /* of tools that look at labels in the first place */
    bool wants_paths;          /* of pictures, though none is opened */
    const char *as_dtype;      /* --as-dtype=DTYPE; NULL */
    bool expand_palette;
    const struct dsi_channel_axis *channel_axis; /* of tools that tell channels apart */
    /* Runs when the inputs are open, before the scan: what else is to be opened; NULL.
     */
    enum dsi_status (*before)(struct dsi_tool_scan *scan, struct dsi_error *err);
    /* Runs after the scan and before anything is printed: files to write; NULL. */
    enum dsi_status (*after)(struct dsi_tool_scan *scan, struct dsi_error *err);
    const void *context;
    void *own;                 /* of `before` and `after`, which may change it */
    const char *without_looks; /* how to do with one look; NULL: there is no way */

    /* Filled for `after` */
    struct dsi_inputs inputs;
    struct dsi_dataset dataset;
    struct dsi_check_run runs[DSI_TOOL_RUNS]; /* the check, and what is readable */
    struct dsi_tool_pass pass;
    struct dsi_report *report;
    bool lacks_look; /* the checks would look once more, and cannot */

    /* Filled by `after`, where that has something to print in place of the report. */
    struct dsi_bytes instead;
};

/* Returns the exit code; prints its own errors. */
int dsi_tool_scan(struct dsi_tool_scan *scan);

/* Its parts, for those that scan for several tools at once (company.c). What the
 * dataset is opened with: */
struct dsi_dataset_options dsi_tool_dataset_options(const struct dsi_tool_scan *scan);
/* Pass after pass, until every check has seen what it wants to, or (*more) the data
 * cannot be looked at again. What the cache knows is not looked at in the first; NULL.
 */
DSI_CHECKED enum dsi_status dsi_tool_fold(const struct dsi_tool_call *call,
                                          const struct dsi_dataset *dataset,
                                          struct dsi_check_run *runs, size_t n_runs,
                                          struct dsi_cache *cache, bool *more,
                                          struct dsi_error *err);
/* The report of the scan's own check, which has seen all, and of what was readable,
 * where the check wants it read (NULL: it does not). */
DSI_CHECKED enum dsi_status dsi_tool_fill_report(struct dsi_tool_scan *scan,
                                                 const struct dsi_check_run *readable,
                                                 bool lacks_look,
                                                 struct dsi_error *err);

/* Scans once more with another check, on the same threads and under the same signals.
 * DSI_ERR_UNSUPPORTED under merge, and where a source can be read once only. */
DSI_CHECKED enum dsi_status dsi_tool_scan_again(struct dsi_tool_scan *scan,
                                                struct dsi_check_run *run,
                                                struct dsi_error *err);

/* Scans a dataset beside the inputs, all of it and pass after pass. Initialises the
 * runs, which the caller frees, also on failure. */
DSI_CHECKED enum dsi_status dsi_tool_scan_beside(const struct dsi_tool_call *call,
                                                 const struct dsi_dataset *dataset,
                                                 struct dsi_check_run *runs,
                                                 size_t n_runs, struct dsi_error *err);

/* Threads that a scan has at most, and the folder of temporary files. */
unsigned dsi_tool_n_workers(const struct dsi_tool_call *call);
const char *dsi_tool_temporary_folder(void);

/* The class names of --classes, one a line; the caller frees names and text. */
struct dsi_class_file {
    const char **names;
    size_t n;
    struct dsi_bytes text;
};

DSI_CHECKED enum dsi_status dsi_class_file_read(struct dsi_class_file *file,
                                                const char *path,
                                                struct dsi_error *err);
/* The same for an option's value: no names where path is NULL, and a message that tells
 * the option. */
DSI_CHECKED enum dsi_status dsi_class_file_open(struct dsi_class_file *file,
                                                const char *path,
                                                struct dsi_error *err);
void dsi_class_file_free(struct dsi_class_file *file);

/* "input" and "parameters" of the report: the inputs, the tool's own options, and those
 * common ones that change what is found. */
DSI_CHECKED enum dsi_status dsi_tool_report_call(const struct dsi_tool_call *call,
                                                 const struct dsi_inputs *inputs,
                                                 struct dsi_report *report,
                                                 struct dsi_error *err);

#endif
