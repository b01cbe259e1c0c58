#include "helper_lzf.h"

#include "lzf.h"

#include <hdf5.h>

/* As libhdf5 calls it: replaces *buffer, of which n bytes are used, and returns how
 * many the new one has; 0 on failure, and *buffer as it was. */
static size_t undo(unsigned flags, size_t n_values, const unsigned values[], size_t n,
                   size_t *capacity, void **buffer)
{
    enum { CHUNK_BYTES = 2 }; /* which of the values */
    size_t room, n_out = 0;
    if (!(flags & H5Z_FLAG_REVERSE) ||
        __builtin_mul_overflow(n, (size_t)DSI_LZF_MAX_RATIO, &room))
        return 0;
    if (n_values > CHUNK_BYTES && values[CHUNK_BYTES] && values[CHUNK_BYTES] < room)
        room = values[CHUNK_BYTES];
    void *out = H5allocate_memory(room ? room : 1, false);
    if (!out || !dsi_lzf_decode(*buffer, n, out, room, &n_out) || n_out == 0) {
        H5free_memory(out);
        return 0;
    }
    H5free_memory(*buffer);
    *buffer = out;
    *capacity = room;
    return n_out;
}

bool dsi_lzf_register(void)
{
    const H5Z_class2_t filter = {
        .version = H5Z_CLASS_T_VERS,
        .id = DSI_FILTER_LZF,
        .decoder_present = 1,
        .name = "lzf",
        .filter = undo,
    };
    return H5Zregister(&filter) >= 0;
}
