/* Every writer; the lists are in writers.c. */
#ifndef DSI_WRITERS_H
#define DSI_WRITERS_H

#include "report.h"

extern const struct dsi_writer dsi_writer_table;
extern const struct dsi_writer dsi_writer_tsv;
extern const struct dsi_writer dsi_writer_csv;
extern const struct dsi_writer dsi_writer_json;
extern const struct dsi_writer dsi_writer_ndjson;

/* Of the report of `check` alone: their columns are what verdicts.h reads. */
extern const struct dsi_writer dsi_writer_junit;
extern const struct dsi_writer dsi_writer_prometheus;
extern const struct dsi_writer dsi_writer_github;
extern const struct dsi_writer dsi_writer_markdown;

#endif
