/* --emit of range: the line that normalises the data, for a training script. */
#ifndef DSI_RANGE_EMIT_H
#define DSI_RANGE_EMIT_H

#include "range.h"

enum dsi_range_emit {
    DSI_EMIT_TORCHVISION,
    DSI_EMIT_MINDSPORE,
    DSI_EMIT_KERAS,
    DSI_EMIT_ALBUMENTATIONS,
    DSI_EMIT_SKLEARN,
    DSI_EMIT_JSON,
};
/* Their names, NULL-terminated. */
extern const char *const dsi_range_emits[];

/* Appends the line, or the JSON object, and a newline. */
DSI_CHECKED enum dsi_status dsi_range_emit(enum dsi_range_emit how,
                                           const struct dsi_range_pooled *pooled,
                                           struct dsi_bytes *out,
                                           struct dsi_error *err);

#endif
