/* The pieces of a stored result, for read_json.c alone: nothing else knows of jansson.
 */
#ifndef DSI_JSON_VALUE_H
#define DSI_JSON_VALUE_H

#include "read_json.h"

#include <jansson.h>

/* A value that is no list and no object; of a text the bytes are in text, until the
 * next call. place is what the error's message begins with. */
DSI_CHECKED enum dsi_status dsi_json_value(const json_t *json, struct dsi_bytes *text,
                                           struct dsi_value *value, const char *place,
                                           struct dsi_error *err);

/* The member called key, which must be there and of that type: JSON_OBJECT, JSON_ARRAY
 * or JSON_STRING. */
DSI_CHECKED enum dsi_status dsi_json_member(const json_t *object, const char *key,
                                            json_type type, const json_t **found,
                                            const char *place, struct dsi_error *err);

/* A report of that tool without rows, whose columns are the keys of root's "rows" in
 * the order they are first met. */
DSI_CHECKED enum dsi_status dsi_json_report(struct dsi_report **report,
                                            const char *tool, const json_t *root,
                                            struct dsi_error *err);
/* Its rows. A key that a row does not have is null there. */
DSI_CHECKED enum dsi_status dsi_json_rows(struct dsi_report *report, const json_t *root,
                                          struct dsi_error *err);

#endif
