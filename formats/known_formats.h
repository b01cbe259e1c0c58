/* Formats that are not read here, but are known by their first bytes well enough to say
 * what to do about them. */
#ifndef DSI_KNOWN_FORMATS_H
#define DSI_KNOWN_FORMATS_H

#include <stddef.h>
#include <stdint.h>

/* "GIF picture: save it as PNG" for what starts with the n bytes at head; NULL when it
 * is none of them. *n_matched is how many bytes its signature has. Static storage. */
const char *dsi_known_format(const uint8_t *head, size_t n, size_t *n_matched);

#endif
