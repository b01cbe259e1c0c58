/* Every writer; the list is writers.c. */
#ifndef DSI_WRITERS_H
#define DSI_WRITERS_H

#include "report.h"

extern const struct dsi_writer dsi_writer_table;
extern const struct dsi_writer dsi_writer_tsv;
extern const struct dsi_writer dsi_writer_csv;
extern const struct dsi_writer dsi_writer_json;
extern const struct dsi_writer dsi_writer_ndjson;

#endif
