/* A small file of text, line by line: lists of names, rules. */
#ifndef DSI_LINE_FILE_H
#define DSI_LINE_FILE_H

#include "bytes.h"

/* All of it is in memory; lines lie in `text` and may be written to. */
struct dsi_line_file {
    struct dsi_bytes text;
    char *next;
    size_t n_lines; /* at most */
    size_t number;  /* of the line last taken, from 1 */
};

/* Reads the file, or a pipe to its end; a byte order mark at its start is none of its
 * text. `what` ends the message that it is too large: "class names". The caller frees,
 * also on failure. */
DSI_CHECKED enum dsi_status dsi_line_file_open(struct dsi_line_file *file,
                                               const char *path, const char *what,
                                               struct dsi_error *err);
void dsi_line_file_free(struct dsi_line_file *file);

/* Takes the next line, ended by a NUL in place of its LF or CRLF; NULL at the end. A
 * NUL within is DSI_ERR_MALFORMED: it would hide what follows it, and tells of a file
 * that is no text, or UTF-16. */
DSI_CHECKED enum dsi_status dsi_line_file_next(struct dsi_line_file *file, char **line,
                                               struct dsi_error *err);

#endif
