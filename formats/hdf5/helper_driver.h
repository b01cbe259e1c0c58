/* How libhdf5 reads the file: through a virtual file driver that reads an open
 * descriptor, and so opens nothing.
 *
 * While it records, it reads no raw data and only notes where they would be: asked for
 * a chunk, libhdf5 then tells where that chunk is. */
#ifndef DSI_HELPER_DRIVER_H
#define DSI_HELPER_DRIVER_H

#include "status.h"

#include <hdf5.h>

struct dsi_driver {
    int fd;           /* borrowed */
    const char *name; /* what the file is opened as; borrowed */
    bool follow;      /* other files may be opened, for reading, by name */

    bool recording;
    unsigned n_recorded;       /* reads of raw data since recording was set */
    uint64_t address, n_bytes; /* of the last of them, from the start of the file */
};

/* A file access property list that opens driver->name through the driver, which it
 * borrows; H5I_INVALID_HID on failure. To be closed. */
hid_t dsi_driver_access(struct dsi_driver *driver);

/* A number for the file that an object of libhdf5 is in, equal for the same file
 * however often and under whatever name it is opened. False when it cannot be had. */
bool dsi_driver_file_id(hid_t object, uint64_t id[2]);

#endif
