/* What libhdf5 says went wrong, in one sentence for people. */
#ifndef DSI_HELPER_ERROR_H
#define DSI_HELPER_ERROR_H

#include "status.h"

/* Fills err with what was being done and the reason that libhdf5 gives for the failure
 * of its last call, the one nearest to the cause. Memory that could not be had is
 * DSI_ERR_LIMIT and a file that ends early DSI_ERR_TRUNCATED, whatever status says.
 * Returns the status. */
enum dsi_status dsi_h5_fail(struct dsi_error *err, enum dsi_status status,
                            const char *what, ...) DSI_PRINTF(3, 4);

/* True when libhdf5's last call failed because a chunk has never been written. */
bool dsi_h5_chunk_is_unwritten(void);

/* True when libhdf5's last call failed, for those that cannot say so. */
bool dsi_h5_failed(void);

#endif
