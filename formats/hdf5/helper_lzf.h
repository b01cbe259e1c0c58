/* LZF, which h5py brings along and libhdf5 does not have, for the datasets that only
 * libhdf5 can read. */
#ifndef DSI_HELPER_LZF_H
#define DSI_HELPER_LZF_H

#include <stdbool.h>

enum { DSI_FILTER_LZF = 32000 };

/* Teaches libhdf5 to undo the filter. False on failure. */
bool dsi_lzf_register(void);

#endif
