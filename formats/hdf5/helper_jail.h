/* The walls around libhdf5: what the process may do once it reads a file that nobody
 * vouches for. */
#ifndef DSI_HELPER_JAIL_H
#define DSI_HELPER_JAIL_H

#include "status.h"

/* At the start, before anything else: no core, nothing gained by exec, no descriptor
 * but the protocol's, deaf to the signals of a terminal. The process ends by itself
 * within a fraction of a second when its parent has gone. */
DSI_CHECKED enum dsi_status dsi_jail_prepare(struct dsi_error *err);

/* Before the file is read: memory for max_bytes of data and what libhdf5 takes beside,
 * and, unless it may follow what the file names, no system call but those that reading
 * needs. There is no way back. */
DSI_CHECKED enum dsi_status dsi_jail_enter(uint64_t max_bytes, bool follow,
                                           struct dsi_error *err);

/* Ends the process after another minute of processor time: for when whoever watches it
 * does not. */
void dsi_jail_grant_time(void);

#endif
