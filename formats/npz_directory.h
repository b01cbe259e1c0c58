/* The directory of a zip archive: what members there are and where their bytes stand.
 *
 * libzip reads the central directory, which is the truth. It tells where a member's
 * local header is only by going there, so it reads through a callback that watches
 * where it goes. Whatever a local header says differently makes that member, and no
 * other, unreadable; so do members that share bytes, sizes beyond the archive and sizes
 * that deflate cannot reach.
 *
 * Sources: APPNOTE.TXT 6.3 (PKWARE), and zipfile of Python for what comes before an
 * archive (an executable, say): offsets count from where the archive starts. */
#ifndef DSI_NPZ_DIRECTORY_H
#define DSI_NPZ_DIRECTORY_H

#include "source.h"

enum { DSI_ZIP_MAX_MEMBERS = 1 << 18 };

struct dsi_zip_member {
    char *name;                          /* as UTF-8: a label, and never a path */
    bool has_header;                     /* found; its offset is known */
    uint64_t header_offset, data_offset; /* in the source; with status DSI_OK */
    uint64_t n_compressed, n_bytes;
    uint32_t crc;           /* of the n_bytes */
    bool is_deflated;       /* or stored */
    enum dsi_status status; /* why it cannot be read */
    char *reason;           /* NULL: it can */
};

struct dsi_zip_directory {
    struct dsi_zip_member *members; /* in the directory's order */
    size_t n_members;
};

/* DSI_ERR_TRUNCATED when there is no end of a central directory; DSI_ERR_MALFORMED,
 * DSI_ERR_LIMIT. Call dsi_zip_directory_free in any case. */
DSI_CHECKED enum dsi_status dsi_zip_directory_read(struct dsi_zip_directory *directory,
                                                   struct dsi_source *source,
                                                   struct dsi_error *err);
void dsi_zip_directory_free(struct dsi_zip_directory *directory);

/* Gives member its status and reason, unless it has one. DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status dsi_zip_member_fail(struct dsi_zip_member *member,
                                                enum dsi_status status,
                                                const char *reason,
                                                struct dsi_error *err);

#endif
