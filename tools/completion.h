/* Completion scripts, made from the table of tools and their tables of options. Each
 * appends a whole script. */
#ifndef DSI_COMPLETION_H
#define DSI_COMPLETION_H

#include "bytes.h"

DSI_CHECKED enum dsi_status dsi_completion_bash(struct dsi_bytes *out,
                                                struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_completion_zsh(struct dsi_bytes *out,
                                               struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_completion_fish(struct dsi_bytes *out,
                                                struct dsi_error *err);

#endif
