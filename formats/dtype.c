#include "dtype.h"

#include <stdio.h>
#include <string.h>

bool dsi_machine_is_big_endian(void)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

const char *dsi_dtype_name(struct dsi_dtype dtype, char name[DSI_DTYPE_NAME_SIZE])
{
    static const struct {
        const char *word;
        char letter;
    } numeric[] = {
        [DSI_INT] = {"int", 'i'},           [DSI_UINT] = {"uint", 'u'},
        [DSI_FLOAT] = {"float", 'f'},       [DSI_COMPLEX] = {"complex", 'c'},
        [DSI_DATETIME] = {"datetime", 'M'}, [DSI_TIMEDELTA] = {"timedelta", 'm'},
    };
    size_t size = DSI_DTYPE_NAME_SIZE;
    bool foreign = dtype.big_endian != dsi_machine_is_big_endian();
    char order = dtype.big_endian ? '>' : '<';

    switch (dtype.kind) {
    case DSI_BOOL:
        snprintf(name, size, "bool");
        break;
    case DSI_BFLOAT:
        snprintf(name, size, "%sbfloat16", foreign ? ">" : "");
        break;
    case DSI_BYTES:
        snprintf(name, size, "|S%u", dtype.size);
        break;
    case DSI_UNICODE:
        snprintf(name, size, "%cU%u", order, dtype.size / 4);
        break;
    case DSI_STRING:
        snprintf(name, size, "string");
        break;
    case DSI_VOID:
        snprintf(name, size, "|V%u", dtype.size);
        break;
    case DSI_DATETIME:
    case DSI_TIMEDELTA:
        if (foreign)
            snprintf(name, size, "%c%c8", order, numeric[dtype.kind].letter);
        else
            snprintf(name, size, "%s64", numeric[dtype.kind].word);
        if (dtype.unit[0]) {
            size_t n = strlen(name);
            snprintf(name + n, size - n, "[%s]", dtype.unit);
        }
        break;
    case DSI_INT:
    case DSI_UINT:
    case DSI_FLOAT:
    case DSI_COMPLEX:
        if (foreign && dtype.size > 1)
            snprintf(name, size, "%c%c%u", order, numeric[dtype.kind].letter,
                     dtype.size);
        else
            snprintf(name, size, "%s%u", numeric[dtype.kind].word, dtype.size * 8);
        break;
    }
    return name;
}

static void swap_16(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint16_t v;
        memcpy(&v, bytes + 2 * i, 2);
        v = __builtin_bswap16(v);
        memcpy(bytes + 2 * i, &v, 2);
    }
}

static void swap_32(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t v;
        memcpy(&v, bytes + 4 * i, 4);
        v = __builtin_bswap32(v);
        memcpy(bytes + 4 * i, &v, 4);
    }
}

static void swap_64(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t v;
        memcpy(&v, bytes + 8 * i, 8);
        v = __builtin_bswap64(v);
        memcpy(bytes + 8 * i, &v, 8);
    }
}

void dsi_dtype_swap(struct dsi_dtype dtype, void *values, size_t n)
{
    uint32_t word = dtype.size;
    switch (dtype.kind) {
    case DSI_BOOL:
    case DSI_BYTES:
    case DSI_STRING:
    case DSI_VOID:
        return;
    case DSI_COMPLEX:
        word = dtype.size / 2;
        n *= 2;
        break;
    case DSI_UNICODE:
        word = 4;
        n *= dtype.size / 4;
        break;
    case DSI_INT:
    case DSI_UINT:
    case DSI_FLOAT:
    case DSI_BFLOAT:
    case DSI_DATETIME:
    case DSI_TIMEDELTA:
        break;
    }
    if (word == 2)
        swap_16(values, n);
    else if (word == 4)
        swap_32(values, n);
    else if (word == 8)
        swap_64(values, n);
}
