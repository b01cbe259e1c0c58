/* Threads that share out a piece of work. */
#ifndef DSI_WORKERS_H
#define DSI_WORKERS_H

#include "status.h"

/* How many workers n_pieces of work are worth: as many as were asked for, 0 being all
 * processors this process may use; 1 at least. */
unsigned dsi_n_workers(uint64_t wanted, uint64_t n_pieces);

/* Calls work(context, number) once for each worker, numbers from 0 up to n at most:
 * number 0 in the calling thread, the others in threads of their own, as many as can be
 * had. Whoever works takes pieces until none is left, so that all is done however many
 * they are. Returns when all have. */
void dsi_workers_run(unsigned n, void (*work)(void *context, unsigned number),
                     void *context);

#endif
