/* How a partial file is laid out, for those who write and read it.
 *
 * All numbers are u64 little-endian, a text its length and its bytes:
 *
 *     8 bytes of magic, the version of the format, the length of the file
 *     text head: text program, text tool, round, shards (0: a pass file)
 *                text pass: the checksum of the pass file before, or nothing
 *                text call: words n, n texts, files n, n times (text option, text hash)
 *                text question: see report_saved.c
 *                text data: text fingerprint, blocks, the skeleton, the findings
 *     index of the shard, states n, n times (text check, is done 0 or 1, text state)
 *     XXH3-128 of all before it, canonical */
#ifndef DSI_PARTIAL_LAYOUT_H
#define DSI_PARTIAL_LAYOUT_H

#include "partial.h"

enum {
    DSI_PARTIAL_VERSION_AT = 8,
    DSI_PARTIAL_LENGTH_AT = 16,
    DSI_PARTIAL_HEAD_AT = 24,
    DSI_PARTIAL_LEAST = DSI_PARTIAL_HEAD_AT + DSI_PARTIAL_HASH_SIZE,
};

extern const char dsi_partial_magic[DSI_PARTIAL_VERSION_AT];

/* Whether a shard leaves a state to the first one: it is what every shard of the round
 * began with, and has not been added to. */
static inline bool dsi_partial_is_elsewhere(const struct dsi_partial *partial,
                                            bool is_done)
{
    return is_done && partial->shard.index > 0;
}

#endif
