/* OPEN: every dataset that can be reached from the root, once, depth first, links in
 * the order of their names. The stack is on the heap: groups may be nested as deep as
 * the file is large. */
#include "helper.h"
#include "helper_attribute_arrays.h"
#include "helper_dataset.h"
#include "helper_error.h"
#include "helper_jail.h"
#include "helper_links.h"
#include "helper_lzf.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_PATH_BYTES = 1 << 20,
    MAX_FILES = 255,
    ADDRESS_BITS = 56, /* the others tell files apart */
};

struct frame {
    hid_t file; /* that the group is in; owned where is_foreign */
    haddr_t address;
    bool is_foreign;
    uint64_t file_number;
    size_t n_path; /* of the group, without a slash at its end */
    struct dsi_links links;
    size_t next;
};

struct walk {
    struct dsi_helper *helper;
    struct frame *frames;
    size_t n, capacity;
    struct dsi_bytes path; /* of the object at hand, with a NUL after it */
    struct dsi_number_set met;
    uint64_t files[MAX_FILES][2]; /* that objects were found in */
    size_t n_files;
};

static const char *path(const struct walk *walk)
{
    return (const char *)walk->path.data;
}

/* Warns of the object at hand, with the end of its path where that is long. */
static enum dsi_status warn(struct walk *walk, const struct dsi_error *reason,
                            struct dsi_error *err)
{
    enum { SHOWN = 400 };
    struct dsi_error warning;
    const char *name = path(walk);
    const size_t n = strlen(name);
    dsi_fail(&warning, reason->status, "%s%s: %s", n > SHOWN ? "..." : "",
             n > SHOWN ? name + n - SHOWN
             : *name   ? name
                       : "/",
             reason->message);
    return dsi_helper_warn(walk->helper, &warning, err);
}

/* The path of a link of the group whose path has n bytes. */
static enum dsi_status set_path(struct walk *walk, size_t n, const char *name,
                                struct dsi_error *err)
{
    walk->path.n = n;
    if (*name)
        DSI_TRY(dsi_bytes_append(&walk->path, "/", 1, err));
    return dsi_bytes_append(&walk->path, name, strlen(name) + 1, err);
}

static enum dsi_status number_of_file(struct walk *walk, hid_t object, uint64_t *number,
                                      struct dsi_error *err)
{
    uint64_t id[2] = {0};
    if (!dsi_driver_file_id(object, id))
        return dsi_fail(err, DSI_ERR_READ, "cannot tell which file it is in");
    for (size_t i = 0; i < walk->n_files; i++)
        if (memcmp(walk->files[i], id, sizeof id) == 0) {
            *number = i;
            return DSI_OK;
        }
    if (walk->n_files == MAX_FILES)
        return dsi_fail(err, DSI_ERR_LIMIT, "links lead to more than %d files",
                        MAX_FILES);
    *number = walk->n_files++;
    memcpy(walk->files[*number], id, sizeof id);
    return DSI_OK;
}

static enum dsi_status push(struct walk *walk, hid_t group, const struct frame *frame,
                            struct dsi_error *err)
{
    struct dsi_error reason;
    struct frame *frames =
        dsi_grow_array(walk->frames, walk->n, &walk->capacity, sizeof *frames);
    if (!frames)
        return dsi_fail_memory(err, walk->n * sizeof *frames);
    walk->frames = frames;
    struct frame *top = &walk->frames[walk->n];
    *top = *frame;
    if (top->is_foreign && (top->file = H5Iget_file_id(group)) < 0)
        return dsi_h5_fail(err, DSI_ERR_READ, "cannot tell which file it is in");
    walk->n++;
    enum dsi_status status = dsi_links_read(&top->links, group, &reason);
    if (status == DSI_ERR_MEMORY)
        return dsi_fail(err, DSI_ERR_LIMIT,
                        "a group has more links than there is room "
                        "for (--limit-bytes)");
    return status == DSI_OK ? DSI_OK : warn(walk, &reason, err);
}

static void pop(struct walk *walk)
{
    struct frame *top = &walk->frames[--walk->n];
    dsi_links_free(&top->links);
    if (top->is_foreign)
        H5Fclose(top->file);
}

/* Describes and sends a dataset; one that cannot be described is warned of. */
static enum dsi_status send_dataset(struct walk *walk, hid_t id, bool is_foreign,
                                    struct dsi_error *err)
{
    struct dsi_helper *helper = walk->helper;
    struct dsi_hdf5_dataset dataset = {0};
    struct dsi_error reason;
    bool is_nothing = false;
    enum dsi_status status = dsi_dataset_describe(helper, id, path(walk), is_foreign,
                                                  &dataset, &is_nothing, &reason);
    helper->body.n = 0;
    if (status == DSI_OK && !is_nothing)
        status = dsi_hdf5_write_dataset(&helper->body, &dataset, &reason);
    dsi_hdf5_dataset_free(&dataset);
    if (status == DSI_OK && helper->body.n > DSI_HDF5_MAX_BODY)
        status = dsi_fail(&reason, DSI_ERR_LIMIT, "its description takes %zu bytes",
                          helper->body.n);
    if (status != DSI_OK)
        return warn(walk, &reason, err);
    return is_nothing ? DSI_OK : dsi_helper_send(helper, DSI_HDF5_DATASET, err);
}

static enum dsi_status send_attributes(struct walk *walk, hid_t object,
                                       struct dsi_error *err)
{
    const char *name = path(walk);
    return walk->helper->attributes
               ? dsi_attributes_send(walk->helper, object, *name ? name : "/", err)
               : DSI_OK;
}

/* What to do with an open object that was not met before. */
static enum dsi_status visit(struct walk *walk, hid_t object, const struct frame *frame,
                             struct dsi_error *err)
{
    switch (H5Iget_type(object)) {
    case H5I_GROUP:
        DSI_TRY(send_attributes(walk, object, err));
        return push(walk, object, frame, err);
    case H5I_DATASET:
        DSI_TRY(send_attributes(walk, object, err));
        return send_dataset(walk, object, frame->is_foreign, err);
    default: /* a type that was given a name */
        return DSI_OK;
    }
}

static enum dsi_status is_first_visit(struct walk *walk, uint64_t file_number,
                                      haddr_t address, bool *is_first,
                                      struct dsi_error *err)
{
    if (address >> ADDRESS_BITS)
        return dsi_fail(err, DSI_ERR_MALFORMED,
                        "a link leads to address %llu, beyond any file",
                        (unsigned long long)address);
    /* One more, for 0 is no member of a set and an address all the same. */
    return dsi_number_set_add(&walk->met, (file_number << ADDRESS_BITS | address) + 1,
                              is_first, err);
}

static enum dsi_status follow_hard(struct walk *walk, const struct frame *parent,
                                   haddr_t address, struct dsi_error *err)
{
    struct dsi_error reason;
    bool is_first;
    enum dsi_status status =
        is_first_visit(walk, parent->file_number, address, &is_first, &reason);
    if (status != DSI_OK)
        return warn(walk, &reason, err);
    if (!is_first)
        return DSI_OK;
    hid_t object = H5Oopen_by_addr(parent->file, address);
    if (object < 0) {
        dsi_h5_fail(&reason, DSI_ERR_MALFORMED, "cannot open the object");
        return warn(walk, &reason, err);
    }
    const struct frame frame = {.file = parent->file,
                                .address = address,
                                .is_foreign = parent->is_foreign,
                                .file_number = parent->file_number,
                                .n_path = walk->path.n - 1};
    status = visit(walk, object, &frame, err);
    H5Oclose(object);
    return status;
}

/* Where an external link leads, as the reason why it is not followed. */
static void name_target(hid_t group, const char *name, struct dsi_error *reason)
{
    const char *file = "?", *object = "?";
    unsigned flags;
    H5L_info_t info;
    char *value = NULL;
    if (H5Lget_info(group, name, &info, H5P_DEFAULT) >= 0 &&
        (value = dsi_alloc_zeroed((uint64_t)info.u.val_size + 1, 1)) &&
        H5Lget_val(group, name, value, info.u.val_size, H5P_DEFAULT) >= 0 &&
        H5Lunpack_elink_val(value, info.u.val_size, &flags, &file, &object) < 0)
        file = object = "?";
    dsi_fail(reason, DSI_ERR_REFUSED,
             "a link to '%.300s' in another file, '%.300s', is not followed "
             "(--follow-external allows it)",
             object, file);
    free(value);
}

/* Opens what an external link leads to, and finds out where that is. */
static enum dsi_status open_external(struct walk *walk, hid_t group, const char *name,
                                     hid_t *object, struct frame *frame,
                                     struct dsi_error *err)
{
    H5O_info_t info;
    *object = H5Oopen(group, name, H5P_DEFAULT);
    if (*object < 0)
        return dsi_h5_fail(err, DSI_ERR_OPEN, "cannot follow the link to another file");
    if (H5Oget_info(*object, &info) < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read the object's header");
    *frame = (struct frame){
        .address = info.addr, .is_foreign = true, .n_path = walk->path.n - 1};
    return number_of_file(walk, *object, &frame->file_number, err);
}

static enum dsi_status follow_external(struct walk *walk, const struct frame *parent,
                                       const char *name, struct dsi_error *err)
{
    struct dsi_error reason = {0};
    struct frame frame;
    bool is_first = false;
    hid_t object = H5I_INVALID_HID;
    enum dsi_status status;

    hid_t group = H5Oopen_by_addr(parent->file, parent->address);
    if (group < 0)
        status = dsi_h5_fail(&reason, DSI_ERR_MALFORMED, "cannot open the group");
    else if (!walk->helper->driver.follow) {
        name_target(group, name, &reason);
        status = reason.status;
    } else
        status = open_external(walk, group, name, &object, &frame, &reason);
    if (status == DSI_OK)
        status =
            is_first_visit(walk, frame.file_number, frame.address, &is_first, &reason);
    if (status != DSI_OK)
        status = warn(walk, &reason, err);
    else if (is_first)
        status = visit(walk, object, &frame, err);
    if (object >= 0)
        H5Oclose(object);
    if (group >= 0)
        H5Oclose(group);
    return status;
}

/* A name that no path can hold is not to be had from libhdf5, but from a file. */
static bool is_nameable(const char *name)
{
    return *name && strcmp(name, ".") != 0 && !strchr(name, '/');
}

static enum dsi_status follow(struct walk *walk, struct frame parent, size_t i,
                              struct dsi_error *err)
{
    const struct dsi_link *link = &parent.links.items[i];
    const char *name = dsi_link_name(&parent.links, i);
    struct dsi_error reason = {0};

    DSI_TRY(set_path(walk, parent.n_path, name, err));
    if (!is_nameable(name))
        dsi_fail(&reason, DSI_ERR_MALFORMED, "no link can have the name '%.80s'", name);
    else if (walk->path.n > MAX_PATH_BYTES)
        dsi_fail(&reason, DSI_ERR_LIMIT, "its path has more than %d bytes",
                 MAX_PATH_BYTES);
    else if (link->type == H5L_TYPE_HARD)
        return follow_hard(walk, &parent, link->address, err);
    else if (link->type == H5L_TYPE_EXTERNAL)
        return follow_external(walk, &parent, name, err);
    else
        dsi_fail(&reason, DSI_ERR_UNSUPPORTED, "a link of a kind of its own, %d",
                 (int)link->type);
    return warn(walk, &reason, err);
}

static enum dsi_status walk_from(struct walk *walk, hid_t root, struct dsi_error *err)
{
    H5O_info_t info;
    struct frame frame = {.file = walk->helper->file};
    bool is_first;
    if (H5Oget_info(root, &info) < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot read the root group");
    frame.address = info.addr;
    DSI_TRY(number_of_file(walk, root, &frame.file_number, err));
    DSI_TRY(is_first_visit(walk, frame.file_number, info.addr, &is_first, err));
    DSI_TRY(set_path(walk, 0, "", err));
    DSI_TRY(send_attributes(walk, root, err));
    DSI_TRY(push(walk, root, &frame, err));
    while (walk->n) {
        struct frame *top = &walk->frames[walk->n - 1];
        if (top->next == top->links.n)
            pop(walk);
        else
            DSI_TRY(follow(walk, *top, top->next++, err));
    }
    return DSI_OK;
}

static enum dsi_status open_file(struct dsi_helper *helper, struct dsi_error *err)
{
    helper->driver.name = helper->path;
    H5dont_atexit();
    if (H5open() < 0 || H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0 ||
        (!helper->driver.follow && H5PLset_loading_state(0) < 0) || !dsi_lzf_register())
        return dsi_fail(err, DSI_ERR_OPEN, "libhdf5 does not start");
    hid_t access = dsi_driver_access(&helper->driver);
    if (access < 0)
        return dsi_h5_fail(err, DSI_ERR_OPEN, "libhdf5 does not start");
    helper->file = H5Fopen(helper->path, H5F_ACC_RDONLY, access);
    enum dsi_status status = DSI_OK;
    if (helper->file < 0)
        status = dsi_h5_fail(err, DSI_ERR_MALFORMED, "libhdf5 cannot open the file");
    H5Pclose(access);
    return status;
}

enum dsi_status dsi_helper_open(struct dsi_helper *helper,
                                const struct dsi_hdf5_open *request,
                                struct dsi_error *err)
{
    static const char anonymous[] = "-";
    if (helper->path)
        return dsi_fail(err, DSI_ERR_USAGE, "a file was opened already");
    helper->path = request->n_path ? dsi_text_copy(request->path, request->n_path)
                                   : dsi_text_copy(anonymous, strlen(anonymous));
    if (!helper->path)
        return dsi_fail_memory(err, request->n_path);
    helper->driver.follow = request->flags & DSI_HDF5_FOLLOW_EXTERNAL;
    helper->attributes = request->flags & DSI_HDF5_ATTRIBUTES;
    helper->max_bytes = request->max_bytes;
    DSI_TRY(dsi_jail_enter(request->max_bytes, helper->driver.follow, err));
    DSI_TRY(open_file(helper, err));

    struct walk walk = {.helper = helper};
    enum dsi_status status;
    hid_t root = H5Oopen(helper->file, "/", H5P_DEFAULT);
    if (root < 0)
        return dsi_h5_fail(err, DSI_ERR_MALFORMED, "cannot open the root group");
    status = walk_from(&walk, root, err);
    while (walk.n)
        pop(&walk);
    H5Oclose(root);
    free(walk.frames);
    dsi_bytes_free(&walk.path);
    dsi_number_set_free(&walk.met);
    return status;
}
