#include "npy_file.h"

#include "dtype.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

enum { PREAMBLE = 10, ALIGNMENT = 64 };

/* The magic, the version, and a Python dictionary padded with spaces so that the data
 * starts at a multiple of 64 (numpy.lib.format). Returns its length. */
static size_t make_header(char header[4 * ALIGNMENT], const char *type, uint64_t n)
{
    char *text = header + PREAMBLE;
    int length =
        snprintf(text, 3 * ALIGNMENT,
                 "{'descr': '%c%s', 'fortran_order': False, 'shape': (%llu,), }",
                 dsi_machine_is_big_endian() ? '>' : '<', type, (unsigned long long)n);
    size_t total = PREAMBLE + (size_t)length + 1;
    total = (total + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    memset(text + length, ' ', total - PREAMBLE - (size_t)length);
    header[total - 1] = '\n';
    size_t n_text = total - PREAMBLE;
    memcpy(header, "\x93NUMPY\x01", 7);
    header[7] = 0;
    header[8] = (char)(n_text & 0xff);
    header[9] = (char)(n_text >> 8);
    return total;
}

enum dsi_status dsi_npy_write(const char *path, const char *type, const void *items,
                              uint64_t n, size_t item_size, struct dsi_error *err)
{
    char header[4 * ALIGNMENT];
    uint64_t n_bytes;
    if (!dsi_mul(n, item_size, &n_bytes) || n_bytes > PTRDIFF_MAX)
        return dsi_fail_memory(err, UINT64_MAX);
    struct dsi_atomic_file *file;
    DSI_TRY(dsi_atomic_open(&file, path, err));
    enum dsi_status status =
        dsi_atomic_write(file, header, make_header(header, type, n), err);
    if (status == DSI_OK)
        status = dsi_atomic_write(file, items, (size_t)n_bytes, err);
    if (status != DSI_OK) {
        dsi_atomic_abandon(file);
        return status;
    }
    return dsi_atomic_commit(file, err);
}
