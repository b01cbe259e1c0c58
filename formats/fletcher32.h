/* The checksum of HDF5's filter 3. */
#ifndef DSI_FLETCHER32_H
#define DSI_FLETCHER32_H

#include <stddef.h>
#include <stdint.h>

enum { DSI_FLETCHER32_BYTES = 4 }; /* little-endian, after the data */

/* Fletcher-32 over big-endian words of 16 bits (an odd last byte is the upper half of
 * one), modulo 65535, with 65535 in place of 0 unless all data are zero: the sum of the
 * words in the lower half, the sum of those sums in the upper. J. Fletcher, "An
 * Arithmetic Checksum for Serial Transmissions", 1982, as H5_checksum_fletcher32
 * computes it. */
uint32_t dsi_fletcher32(const uint8_t *data, size_t n);

/* The same, word by word: what the fast one is held against. */
uint32_t dsi_fletcher32_plain(const uint8_t *data, size_t n);

/* The sum as HDF5 1.6.2 and earlier stored it on little-endian machines: the bytes of
 * each half swapped. Files of both kinds are about, and both sums are right. */
uint32_t dsi_fletcher32_of_old(uint32_t sum);

#endif
