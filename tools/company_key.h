/* What the states of a company are kept under. */
#ifndef DSI_COMPANY_KEY_H
#define DSI_COMPANY_KEY_H

#include "company_ride.h"

/* A hash of all that shapes the states of these members, but the files: the program,
 * the calls, what a party asks for together, and the groups and classes that states
 * number. */
DSI_CHECKED enum dsi_status dsi_company_key(struct dsi_party *const *parties, size_t n,
                                            uint8_t key[DSI_CACHE_KEY_SIZE],
                                            struct dsi_error *err);

#endif
