/* Helpers that wait for the next request, a few at most for all files together: a
 * thousand open files must not mean a thousand processes. */
#ifndef DSI_HDF5_IDLE_H
#define DSI_HDF5_IDLE_H

#include "hdf5_process.h"

enum { DSI_HDF5_MAX_IDLE = 8 };

/* Takes out the helper that owner gave last. False: there is none. */
bool dsi_helpers_take(struct dsi_helpers *helpers, const void *owner,
                      struct dsi_hdf5_process *process);

/* Keeps process for owner. Who has waited longest ends when there are too many. */
void dsi_helpers_give(struct dsi_helpers *helpers, const void *owner,
                      const struct dsi_hdf5_process *process);

/* Ends the one that has waited longest, whoever's it is: its descriptors and memory are
 * wanted. False: none waits. */
bool dsi_helpers_drop(struct dsi_helpers *helpers);

/* Ends those of owner. */
void dsi_helpers_end(struct dsi_helpers *helpers, const void *owner);

#endif
