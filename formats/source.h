/* Where bytes come from: a regular file, a run of memory, or a stream such as a pipe.
 *
 * Readers see only this, so a fuzzer hands them memory and a tool hands them a path.
 * Files and memory may be read by many threads at once (pread, no shared position); a
 * stream by one thread, forwards, except for its first DSI_SOURCE_HEAD bytes, which are
 * kept. Nothing is mapped: a file may shrink while it is read, which is then a short
 * read and not a signal. */
#ifndef DSI_SOURCE_H
#define DSI_SOURCE_H

#include "status.h"

enum {
    DSI_SOURCE_HEAD = 65536,
    DSI_SOURCE_START = 512, /* of a file, read as it is opened: most headers fit */
};

enum dsi_source_kind { DSI_SOURCE_FILE, DSI_SOURCE_BYTES, DSI_SOURCE_STREAM };

struct dsi_source {
    enum dsi_source_kind kind;
    uint64_t n_bytes; /* UINT64_MAX for a stream */

    /* Private */
    int fd;
    uint8_t start[DSI_SOURCE_START]; /* of a file opened by path */
    size_t n_start;
    const uint8_t *bytes;
    uint8_t *head; /* of a stream */
    size_t n_head;
    uint64_t position;
};

/* Opens a regular file to read. Directories, FIFOs, sockets and devices are refused
 * without blocking on them (DSI_ERR_OPEN). Its first bytes are read at once
 * (DSI_ERR_READ), so that probing it and reading its header take one call together. */
DSI_CHECKED enum dsi_status dsi_source_open(struct dsi_source *source, const char *path,
                                            struct dsi_error *err);

/* Borrows n bytes of memory for as long as the source is used. Cannot fail. */
void dsi_source_of_bytes(struct dsi_source *source, const void *bytes, size_t n);

/* Reads from an open descriptor that the caller keeps and closes. A regular file
 * becomes DSI_SOURCE_FILE when it stands at its start; everything else a stream. */
DSI_CHECKED enum dsi_status dsi_source_of_fd(struct dsi_source *source, int fd,
                                             struct dsi_error *err);

/* Reads up to n bytes at offset; *got < n only at the end of the source. */
DSI_CHECKED enum dsi_status dsi_source_read(struct dsi_source *source, uint64_t offset,
                                            void *buffer, size_t n, size_t *got,
                                            struct dsi_error *err);

/* As dsi_source_read, and DSI_ERR_TRUNCATED when there are fewer than n bytes. */
DSI_CHECKED enum dsi_status dsi_source_read_all(struct dsi_source *source,
                                                uint64_t offset, void *buffer, size_t n,
                                                struct dsi_error *err);

/* Releases what open took; closes only a descriptor that dsi_source_open opened. */
void dsi_source_close(struct dsi_source *source);

#endif
