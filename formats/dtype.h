/* The element type of an array, in NumPy's terms. */
#ifndef DSI_DTYPE_H
#define DSI_DTYPE_H

#include "status.h"

enum dsi_kind {
    DSI_BOOL,      /* 1 byte, zero or not */
    DSI_INT,       /* 1, 2, 4, 8 bytes */
    DSI_UINT,      /* 1, 2, 4, 8 bytes */
    DSI_FLOAT,     /* 2, 4, 8 bytes, IEEE 754 */
    DSI_BFLOAT,    /* 2 bytes: the upper half of a float32 */
    DSI_COMPLEX,   /* 8, 16 bytes: real, imaginary */
    DSI_BYTES,     /* NumPy's S: size bytes, padded with NUL */
    DSI_UNICODE,   /* NumPy's U: size / 4 code points (UCS-4), padded with NUL */
    DSI_DATETIME,  /* 8 bytes; INT64_MIN is NaT */
    DSI_TIMEDELTA, /* 8 bytes; INT64_MIN is NaT */
    DSI_STRING,    /* variable length: struct dsi_string */
    DSI_VOID,      /* opaque bytes: described, never valued */
};

/* One value of DSI_STRING: bytes, not NUL-terminated, held by the dsi_rows it came in.
 */
struct dsi_string {
    const char *text;
    size_t n;
};

struct dsi_dtype {
    enum dsi_kind kind;
    uint32_t
        size; /* bytes of one value in memory (of struct dsi_string for DSI_STRING) */
    bool big_endian; /* as stored; values are always delivered in the machine's order */
    char unit[16];   /* "ns", "25us", ...: datetime and timedelta; else empty */
};

static inline bool dsi_dtype_is_number(struct dsi_dtype dtype)
{
    return dtype.kind <= DSI_COMPLEX;
}

enum { DSI_DTYPE_NAME_SIZE = 48 };

/* str(numpy.dtype): "float32", ">i8", "<U10", "|S5", "datetime64[ns]", "bfloat16",
 * "string". Returns name. */
const char *dsi_dtype_name(struct dsi_dtype dtype, char name[DSI_DTYPE_NAME_SIZE]);

/* Turns n values of dtype from big-endian to little-endian or back, in place: each half
 * of a complex and each code point of a U by itself. Single bytes stay. */
void dsi_dtype_swap(struct dsi_dtype dtype, void *values, size_t n);

/* True on a big-endian machine. */
bool dsi_machine_is_big_endian(void);

#endif
