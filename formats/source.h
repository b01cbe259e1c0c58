/* Where bytes come from: a regular file, a run of memory, a part of either, a stream
 * such as a pipe, or a feed, which is what a decompressor makes.
 *
 * Readers see only this, so a fuzzer hands them memory and a tool hands them a path.
 * Files, memory and their parts may be read by many threads at once (pread, no shared
 * position); streams and feeds by one thread, forwards. What is skipped is read and
 * dropped. Of a stream the first DSI_SOURCE_HEAD bytes are kept and may be read again;
 * a feed starts again when it is asked for something behind it. Nothing is mapped: a
 * file may shrink while it is read, which is then a short read and not a signal. */
#ifndef DSI_SOURCE_H
#define DSI_SOURCE_H

#include "status.h"

enum {
    DSI_SOURCE_HEAD = 65536,
    DSI_SOURCE_START = 512,  /* of a file, read as it is opened: most headers fit */
    DSI_SOURCE_SMALL = 8192, /* a file that is no larger is read whole */
};

enum dsi_source_kind {
    DSI_SOURCE_FILE,
    DSI_SOURCE_BYTES,
    DSI_SOURCE_STREAM,
    DSI_SOURCE_PART,
    DSI_SOURCE_FEED,
};

/* Whoever makes the bytes of a feed, piece by piece. */
struct dsi_feed {
    /* Delivers the next n bytes; *got < n only at the end. */
    enum dsi_status (*read)(void *state, void *buffer, size_t n, size_t *got,
                            struct dsi_error *err);
    enum dsi_status (*restart)(void *state, struct dsi_error *err); /* at byte 0 */
    void *state;
};

/* Is shown what is read from a part, by the thread that reads it. */
struct dsi_watch {
    void (*seen)(void *state, uint64_t offset, const void *bytes, size_t n);
    void *state;
};

struct dsi_source {
    enum dsi_source_kind kind;
    uint64_t n_bytes; /* UINT64_MAX for a stream */

    /* Private */
    int fd;
    const uint8_t *bytes;
    uint8_t *head; /* of a stream, or of a file opened by path */
    size_t n_head;
    uint64_t position; /* of a stream or feed */
    struct dsi_feed feed;
    struct dsi_source *parent; /* of a part, and where it starts in it */
    uint64_t offset;
    struct dsi_watch watch;
};

/* Opens a regular file to read. Directories, FIFOs, sockets and devices are refused
 * without blocking on them (DSI_ERR_OPEN). Its first bytes are read at once
 * (DSI_ERR_READ), so that probing it and reading its header take one call together, and
 * the values of a small file, too. */
DSI_CHECKED enum dsi_status dsi_source_open(struct dsi_source *source, const char *path,
                                            struct dsi_error *err);

/* Asks the system to have the file's first bytes at hand soon, some MiB at most:
 * whoever reads many small files one after the other need not wait for each. False when
 * there was no need to: they are in memory, or it is no file. Waits for nothing, and
 * says nothing of what it meets; the reading will. */
bool dsi_source_read_ahead(const char *path);

/* Borrows n bytes of memory for as long as the source is used. Cannot fail. */
void dsi_source_of_bytes(struct dsi_source *source, const void *bytes, size_t n);

/* Reads from an open descriptor that the caller keeps and closes. A regular file
 * becomes DSI_SOURCE_FILE when it stands at its start; everything else a stream. */
DSI_CHECKED enum dsi_status dsi_source_of_fd(struct dsi_source *source, int fd,
                                             struct dsi_error *err);

/* Bytes [offset, offset + n) of parent, which is borrowed and may be read at the same
 * time. Where parent is shorter, so is the part. watch may be NULL. Cannot fail. */
void dsi_source_of_part(struct dsi_source *source, struct dsi_source *parent,
                        uint64_t offset, uint64_t n, const struct dsi_watch *watch);

/* What feed delivers, of which there should be n_bytes. feed must stand at its start.
 * Cannot fail. */
void dsi_source_of_feed(struct dsi_source *source, const struct dsi_feed *feed,
                        uint64_t n_bytes);

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
