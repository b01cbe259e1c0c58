/* What the files that write and read messages of hdf5_protocol.h share. */
#ifndef DSI_HDF5_MESSAGE_H
#define DSI_HDF5_MESSAGE_H

#include "hdf5_protocol.h"

/* As dsi_bytes_read_text, and DSI_ERR_MALFORMED for a text with a NUL in it. */
DSI_CHECKED enum dsi_status dsi_message_text(struct dsi_bytes_reader *body,
                                             const char **text, size_t *n,
                                             struct dsi_error *err);

/* A number no greater than most: a count, a choice, or a flag. DSI_ERR_MALFORMED. */
DSI_CHECKED enum dsi_status dsi_message_at_most(struct dsi_bytes_reader *body,
                                                uint64_t most, uint64_t *value,
                                                struct dsi_error *err);

/* DSI_ERR_MALFORMED when something is left over. */
DSI_CHECKED enum dsi_status dsi_message_end(const struct dsi_bytes_reader *body,
                                            struct dsi_error *err);

/* Whether number is that of a status the helper may speak of, DSI_OK among them. */
bool dsi_message_status_exists(uint64_t number);

#endif
