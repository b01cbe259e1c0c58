/* A sheet of small pictures to look through: one HTML page that needs nothing else, or
 * one large PNG without words. */
#ifndef DSI_CONTACT_SHEET_H
#define DSI_CONTACT_SHEET_H

#include "thumbnail.h"

struct dsi_sheet_item {
    char *heading;        /* of those that follow one another with it; owned */
    char *name, *caption; /* owned */
    struct dsi_thumbnail thumbnail;
};

/* Zero-initialise. One owner, no threads. */
struct dsi_contact_sheet {
    struct dsi_sheet_item *items;
    size_t n, capacity;
};

/* Copies the texts. picture NULL: it cannot be shown. */
DSI_CHECKED enum dsi_status dsi_contact_sheet_add(struct dsi_contact_sheet *sheet,
                                                  const struct dsi_picture *picture,
                                                  const char *heading, const char *name,
                                                  const char *caption,
                                                  struct dsi_error *err);

/* Whether a path ends in .html or in .png. */
bool dsi_contact_sheet_knows(const char *path);

/* Writes the file whole or not at all: .png as a picture, else HTML. Names may hold
 * anything. DSI_ERR_OPEN, DSI_ERR_WRITE, DSI_ERR_MEMORY. */
DSI_CHECKED enum dsi_status
dsi_contact_sheet_write(const struct dsi_contact_sheet *sheet, const char *title,
                        const char *path, struct dsi_error *err);
void dsi_contact_sheet_free(struct dsi_contact_sheet *sheet);

#endif
