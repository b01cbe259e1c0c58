#include "lzf.h"

#include <string.h>

enum {
    MAX_LITERALS = 32, /* in one run */
    STEP = 16,         /* bytes copied at a time where there is room */
};

/* Repeats n bytes from distance before out. What is repeated may reach into what is
 * written: with distance 1 it is one byte n times. */
static void repeat(uint8_t *out, size_t distance, size_t n, size_t room)
{
    const uint8_t *from = out - distance;
    if (distance >= STEP && room - n >= STEP) {
        /* Whole steps, of which the last may write too much: it is overwritten next. */
        for (size_t i = 0; i < n; i += STEP)
            memcpy(out + i, from + i, STEP);
    } else if (distance >= n) {
        memcpy(out, from, n);
    } else if (distance == 1) {
        memset(out, *from, n);
    } else {
        for (size_t i = 0; i < n; i++)
            out[i] = from[i];
    }
}

static void copy_literals(uint8_t *out, size_t room, const uint8_t *in, size_t n_in,
                          size_t n)
{
    /* A copy of constant length is two moves; a call of memcpy costs more than that. */
    if (room >= MAX_LITERALS && n_in >= MAX_LITERALS)
        memcpy(out, in, MAX_LITERALS);
    else
        memcpy(out, in, n);
}

bool dsi_lzf_decode(const uint8_t *in, size_t n_in, uint8_t *out, size_t room,
                    size_t *n_out)
{
    size_t at = 0, done = 0;

    while (at < n_in) {
        unsigned control = in[at++];
        if (control < MAX_LITERALS) {
            size_t n = control + 1;
            if (n > n_in - at || n > room - done)
                return false;
            copy_literals(out + done, room - done, in + at, n_in - at, n);
            at += n;
            done += n;
            continue;
        }
        size_t n = control >> 5;
        if (n_in - at < (n == 7 ? 2u : 1u))
            return false;
        if (n == 7)
            n += in[at++];
        n += 2;
        size_t distance = ((control & 31) << 8) + in[at++] + 1;
        if (distance > done || n > room - done)
            return false;
        repeat(out + done, distance, n, room - done);
        done += n;
    }
    *n_out = done;
    return true;
}
