/* LZF, the compression of LibLZF that h5py writes (HDF5 filter 32000). */
#ifndef DSI_LZF_H
#define DSI_LZF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most bytes that one byte of LZF can stand for: 3 bytes may repeat 264. */
enum { DSI_LZF_MAX_RATIO = 88 };

/* Decodes all of in to out, which has room for that many bytes and does not overlap in;
 * *n_out is how many there were. Bytes of out after those may be overwritten, up to
 * room. False when in is broken or holds more than room. Format: the source of LibLZF
 * 3.6 describes it; a control byte c below 32 is followed by c + 1 literal bytes;
 * otherwise c >> 5 (7: plus the next byte) and 2 more bytes are repeated from
 * ((c & 31) << 8) + next byte + 1 bytes before. */
bool dsi_lzf_decode(const uint8_t *in, size_t n_in, uint8_t *out, size_t room,
                    size_t *n_out);

#endif
