/* What the process that runs libhdf5 knows while it answers: one thread, one file. */
#ifndef DSI_HELPER_H
#define DSI_HELPER_H

#include "hdf5_protocol.h"
#include "helper_driver.h"

/* The dataset or attribute that was asked for last, which is likely asked for next. */
struct dsi_opened {
    char *path;        /* NULL: none is open */
    char *attribute;   /* of the object at path; NULL: it is a dataset */
    hid_t id;          /* the dataset, or the attribute */
    hid_t type, space; /* its, as stored */
    int n_dims;
    uint64_t shape[DSI_MAX_DIMS];
    bool hides_an_axis; /* of extent 1, in front, that the description leaves out */
    uint64_t field;     /* whose values memory_type describes */
    hid_t memory_type;  /* 0: of none yet */
};

struct dsi_helper {
    struct dsi_driver driver;
    char *path;
    uint64_t max_bytes;
    bool attributes; /* are told of */
    hid_t file;      /* 0: none yet */
    struct dsi_opened opened;
    struct dsi_bytes body; /* of the message being written */
    uint8_t *rows;         /* the shared memory, as far as it was asked for */
    uint64_t n_rows_bytes;
};

/* Sends helper->body and empties it. */
DSI_CHECKED enum dsi_status dsi_helper_send(struct dsi_helper *helper,
                                            enum dsi_hdf5_type type,
                                            struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_helper_warn(struct dsi_helper *helper,
                                            const struct dsi_error *warning,
                                            struct dsi_error *err);

/* The requests. What they return other than DSI_OK is sent as ERROR. */
DSI_CHECKED enum dsi_status dsi_helper_open(struct dsi_helper *helper,
                                            const struct dsi_hdf5_open *request,
                                            struct dsi_error *err);
DSI_CHECKED enum dsi_status
dsi_helper_chunks(struct dsi_helper *helper,
                  const struct dsi_hdf5_chunks_request *request, struct dsi_error *err);
DSI_CHECKED enum dsi_status dsi_helper_rows(struct dsi_helper *helper,
                                            const struct dsi_hdf5_rows_request *request,
                                            struct dsi_error *err);

/* Makes helper->opened the dataset of that path. */
DSI_CHECKED enum dsi_status dsi_opened_get(struct dsi_helper *helper, const char *path,
                                           size_t n_path, struct dsi_error *err);
/* Makes it the attribute, where the request names one. */
DSI_CHECKED enum dsi_status
dsi_opened_get_rows(struct dsi_helper *helper,
                    const struct dsi_hdf5_rows_request *request, struct dsi_error *err);
void dsi_opened_close(struct dsi_opened *opened);

#endif
