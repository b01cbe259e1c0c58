/* A block: a run of a dataset's samples as the checks see them, and the buffers of the
 * worker that loads it.
 *
 * Blocks are cut by the input alone, never by threads, so anything computed from one
 * block is a fixed number. */
#ifndef DSI_BLOCK_H
#define DSI_BLOCK_H

#include "reader.h"

/* What a check needs to see; nothing else is read. */
enum {
    DSI_NEED_HEADER = 1, /* the file: formats, dtypes, shapes */
    DSI_NEED_LABELS = 2,
    DSI_NEED_VALUES = 4,
    DSI_NEED_FILES = 8, /* each file by its name and size, whatever it holds: a block
                           each */
};

enum dsi_labels_kind {
    DSI_LABELS_NONE,
    DSI_LABELS_CLASS,  /* all samples of the block belong to one class folder */
    DSI_LABELS_VALUES, /* one value a sample */
    DSI_LABELS_ONE,    /* one value, which all samples of the block have */
};

struct dsi_labels {
    enum dsi_labels_kind kind;
    uint32_t class_index;   /* CLASS: position in the group's classes */
    struct dsi_dtype dtype; /* VALUES, ONE */
    /* VALUES: n_samples of dtype, ONE: one; in the machine's byte order */
    const void *values;
};

struct dsi_block {
    /* Where it stands. A group is a split or an input; samples are numbered within it.
     */
    size_t part, group;
    uint64_t first_sample, n_samples;
    const uint32_t *groups; /* one a sample, where a manifest mixes splits; else NULL */

    /* What was asked for; the rest is empty. */
    struct dsi_labels labels;
    uint64_t n_file_bytes;       /* FILES */
    const struct dsi_file *file; /* HEADER; FILES: of arrays alone */
    size_t array;      /* HEADER: the one array meant; SIZE_MAX: all of the file, */
    const char *below; /* or those of this group (dsi_array_is_below); NULL: all */
    const struct dsi_array
        *values_array;  /* VALUES: dtype and shape, axis 0 is the sample */
    const void *values; /* or, of an image, all of it is the sample */
    uint64_t n_value_rows;
    bool values_are_one; /* values holds one row, which is every sample's */
    /* One byte a value, not 0 for those that were never written; NULL: none is known
     * of, but with values_are_one, of which nothing ever was. */
    const uint8_t *unwritten;

    /* How it went. Bad data is no error of the scan: status says what kind of bad, and
     * n_samples counts only the sound ones before it. */
    enum dsi_status status;
    struct dsi_error error;
    uint64_t n_lost; /* samples that could not be read */
    bool ends_part;  /* nor could any after them, which n_lost counts: load no further
                        block of the part */
    bool is_empty_file;                     /* why it failed: there is not one byte */
    const char *where;                      /* a path a person can open */
    const struct dsi_warnings *warnings[2]; /* of opening and of reading; NULL: none */
};

/* Holds a worker back while others hold too much memory. The loader says what it is
 * about to take; whoever folds its blocks lets go of it with dsi_loader_end_block.
 * Functions may be called from the loader's thread alone. */
struct dsi_loader_gate {
    uint64_t n_bytes; /* a block of more passes the gate */
    void (*enter)(void *context, uint64_t n_bytes);
    void (*leave)(void *context, uint64_t n_bytes); /* as many as entered with */
    void *context;
};

/* One worker's buffers, used for block after block. Zero-initialise. */
struct dsi_loader {
    const struct dsi_loader_gate *gate; /* borrowed; NULL: memory has no bound */
    uint64_t n_bytes_inside;            /* the gate; 0: not passed */
    unsigned n_to_read_ahead;           /* files, unless they prove to be at hand */
    bool reads_some; /* not every file: none that was not asked for is opened */
    struct dsi_source source;
    struct dsi_file file;
    bool is_open;
    struct dsi_rows values, labels, splits;
    struct dsi_bytes path, groups;
    struct dsi_bytes names, numbers; /* of labels that have names */
};

void dsi_loader_free(struct dsi_loader *loader);

/* Before values of n_bytes are read. May wait for another thread's
 * dsi_loader_end_block, never for the caller's own. */
void dsi_loader_expect(struct dsi_loader *loader, uint64_t n_bytes);

/* After the block last loaded has been folded; it is gone then. */
void dsi_loader_end_block(struct dsi_loader *loader);

/* Whether a block that describes its file means this array of it. */
bool dsi_block_describes(const struct dsi_block *block, size_t array);

/* A run of consecutive samples of one group,
 * starting at sample *at of the block, which it moves on. False at the end. */
struct dsi_run {
    size_t group;
    uint64_t at, n; /* within the block */
};

bool dsi_block_next_run(const struct dsi_block *block, uint64_t *at,
                        struct dsi_run *run);

#endif
