/* One helper process, the program's end of it: found, started, asked and buried. What
 * it is asked and answers is hdf5_protocol.h's.
 *
 * The helper may crash, hang, lie or leave; nothing it does stops the program for
 * longer than the watchdog allows. A process belongs to one thread at a time. */
#ifndef DSI_HDF5_PROCESS_H
#define DSI_HDF5_PROCESS_H

#include "hdf5_protocol.h"

#include <sys/types.h>

enum dsi_hdf5_fate {
    DSI_HDF5_ALIVE,
    DSI_HDF5_LEFT,   /* by itself, with status 0: it had nothing to do for a while */
    DSI_HDF5_DIED,   /* crashed, hung, was killed for lying, or gave up */
    DSI_HDF5_KILLED, /* with SIGKILL, and not by us */
    DSI_HDF5_SPENT,  /* of no more use, through no fault of its own */
};

struct dsi_hdf5_process {
    enum dsi_hdf5_fate fate;
    bool hung; /* DIED because the watchdog had to end it */

    /* Private */
    pid_t pid;
    int control, rows; /* our end of the socket; the memory that both share */
    uint64_t room;     /* bytes of that memory */
    clockid_t clock;   /* how long it has worked */
    bool has_clock;
    double max_cpu_seconds; /* of work without a message: then it hangs */
};

/* Starts a helper that will read file, a regular file open for reading, which the
 * caller keeps open. follow_external: it gets the whole environment, for the plugins.
 * DSI_ERR_OPEN says where the helper program was looked for, DSI_ERR_MEMORY what the
 * machine has run out of. On failure there is
 * nothing to stop. May be called by many threads at once: no descriptor of one helper
 * is seen by another. */
DSI_CHECKED enum dsi_status dsi_hdf5_process_start(struct dsi_hdf5_process *process,
                                                   int file, bool follow_external,
                                                   struct dsi_error *err);

/* Makes the shared memory at least so large. DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_hdf5_process_reserve(struct dsi_hdf5_process *process,
                                                     uint64_t room,
                                                     struct dsi_error *err);

/* Sends a request, or receives a message into body. When the helper died or left, fate
 * says which from then on, and the error how it ended: DSI_ERR_MALFORMED, for it is the
 * file's doing, but DSI_ERR_MEMORY when somebody killed it. */
DSI_CHECKED enum dsi_status dsi_hdf5_process_send(struct dsi_hdf5_process *process,
                                                  enum dsi_hdf5_type type,
                                                  const struct dsi_bytes *body,
                                                  struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_hdf5_process_receive(struct dsi_hdf5_process *process,
                                                     enum dsi_hdf5_type *type,
                                                     struct dsi_bytes *body,
                                                     struct dsi_error *err);

/* True when nothing has come from the helper though nothing was asked, not even its
 * end. Otherwise fate says what became of it, and err. */
bool dsi_hdf5_process_is_idle(struct dsi_hdf5_process *process, struct dsi_error *err);

/* Copies n bytes of the shared memory from offset on. The helper may write there at any
 * time: what is checked must be checked in the copy. DSI_ERR_READ, DSI_ERR_MALFORMED.
 */
DSI_CHECKED enum dsi_status
dsi_hdf5_process_copy(const struct dsi_hdf5_process *process, uint64_t offset,
                      void *out, size_t n, struct dsi_error *err);

/* Kills the helper if it lives, and frees everything. */
void dsi_hdf5_process_stop(struct dsi_hdf5_process *process);

#endif
