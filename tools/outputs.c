/* Whether what a tool is to write can be written, and costs nobody what it reads: asked
 * before the scan, since an hour later is too late. */
#include "tool.h"

#include "address.h"
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LINKS = 40 };

/* A file as the command line names it. */
struct named {
    const char *option; /* "output"; NULL: an operand or a line of --files-from */
    const char *text;   /* as given */
    bool is_output;
    char *path; /* absolute, without links; NULL where there is no such folder */
    bool exists, is_regular, is_folder;
    dev_t device;
    ino_t inode;
};

struct list {
    struct named *items;
    size_t n;
};

/* --- what a name stands for ------------------------------------------------------- */

/* The folder of path, in full; NULL with errno set. The caller frees it. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == path ? dsi_text_copy("/", 1)
                   : slash       ? dsi_text_copy(path, (size_t)(slash - path))
                                 : dsi_text_copy(".", 1);
    char *whole = folder ? realpath(folder, NULL) : NULL;
    int reason = errno;
    free(folder);
    errno = reason;
    return whole;
}

/* FOLDER/NAME, where name is the last part of path. */
static char *join(const char *folder, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *joined = NULL;
    if (asprintf(&joined, "%s/%s", folder, slash ? slash + 1 : path) < 0)
        return NULL;
    return joined;
}

/* The absolute path without links of what need not exist: where it is a link to nothing
 * yet, of what it points to. NULL with errno set. */
static char *absolute(const char *path)
{
    char link[PATH_MAX], *at = realpath(path, NULL);
    if (at || errno != ENOENT || !path[0])
        return at;
    at = dsi_text_copy(path, strlen(path));
    for (int i = 0; at && i < MAX_LINKS; i++) {
        char *folder = folder_of(at);
        char *next = folder ? join(folder, at) : NULL;
        free(at);
        at = next;
        ssize_t n = at ? readlink(at, link, sizeof link - 1) : -1;
        if (n < 0) {
            free(folder);
            break;
        }
        link[n] = '\0';
        next = NULL;
        if (asprintf(&next, "%s%s%s", link[0] == '/' ? "" : folder,
                     link[0] == '/' ? "" : "/", link) < 0)
            next = NULL;
        free(folder);
        free(at);
        at = next;
    }
    return at;
}

static void look_up(struct named *file, const char *path)
{
    struct stat info;
    file->path = absolute(path);
    file->exists = stat(path, &info) == 0;
    if (!file->exists)
        return;
    file->is_regular = S_ISREG(info.st_mode);
    file->is_folder = S_ISDIR(info.st_mode);
    file->device = info.st_dev;
    file->inode = info.st_ino;
}

/* --- the list of them ------------------------------------------------------------- */

static enum dsi_status add(struct list *list, const char *option, const char *text,
                           bool is_output, struct dsi_error *err)
{
    struct named *file = &list->items[list->n++];
    *file = (struct named){.option = option, .text = text, .is_output = is_output};
    if (is_output) {
        look_up(file, text);
        return DSI_OK;
    }
    struct dsi_address address;
    if (!text[0] || strcmp(text, "-") == 0)
        return DSI_OK;
    DSI_TRY(dsi_address_parse(&address, text, err));
    look_up(file, address.path);
    dsi_address_free(&address);
    return DSI_OK;
}

static enum dsi_status add_options(struct list *list, const struct dsi_option *table,
                                   struct dsi_error *err)
{
    for (const struct dsi_option *o = table; o->kind != DSI_OPTION_END; o++)
        if (dsi_option_takes_file(o) && *o->value.text)
            DSI_TRY(
                add(list, o->name, *o->value.text, dsi_option_names_output(o), err));
    return DSI_OK;
}

static enum dsi_status gather(struct list *list, const struct dsi_tool_call *call,
                              const struct dsi_inputs *inputs,
                              const struct dsi_more_files *more, struct dsi_error *err)
{
    const struct dsi_texts *outputs = &call->common->outputs;
    uint64_t room = (uint64_t)inputs->n + outputs->n + more->n;
    for (size_t t = 0; call->tables[t]; t++)
        for (const struct dsi_option *o = call->tables[t]; o->kind != DSI_OPTION_END;
             o++)
            room++;
    list->items = dsi_alloc_array(room, sizeof *list->items);
    if (!list->items)
        return dsi_fail_memory(err, room * sizeof *list->items);
    for (size_t t = 0; call->tables[t]; t++)
        DSI_TRY(add_options(list, call->tables[t], err));
    for (size_t i = 0; i < outputs->n; i++)
        DSI_TRY(add(list, "output", dsi_output_of(outputs->texts[i]).path, true, err));
    for (size_t i = 0; i < inputs->n; i++)
        DSI_TRY(add(list, NULL, inputs->names[i], false, err));
    for (size_t i = 0; i < more->n; i++)
        DSI_TRY(add(list, more->items[i].option, more->items[i].path,
                    more->items[i].is_output, err));
    return DSI_OK;
}

/* --- the checks ------------------------------------------------------------------- */

/* A device, a FIFO or a socket is written in place and loses nothing. What is read and
 * then written is named once. */
static bool is_same(const struct named *a, const struct named *b)
{
    if ((a->exists && !a->is_regular) || (b->exists && !b->is_regular) ||
        a->text == b->text)
        return false;
    return (a->exists && b->exists && a->device == b->device && a->inode == b->inode) ||
           (a->path && b->path && strcmp(a->path, b->path) == 0);
}

/* Whether an output replaces a picture in the input's tree. Other files there may well
 * be what the last run wrote. */
static bool is_picture_of(const struct named *output, const struct named *input)
{
    if (input->is_output || !input->is_folder || !input->path || !output->is_regular ||
        !output->path)
        return false;
    const struct dsi_format *format = dsi_format_of_suffix(output->path);
    if (!format || !format->is_image)
        return false;
    size_t n = strlen(input->path);
    n -= input->path[n - 1] == '/'; /* the root alone ends so */
    return strncmp(output->path, input->path, n) == 0 && output->path[n] == '/';
}

static enum dsi_status clash(const struct named *output, const struct named *other,
                             struct dsi_error *err)
{
    if (other->is_output)
        return dsi_fail(err, DSI_ERR_USAGE, "--%s=%s and --%s=%s are the same file",
                        output->option, output->text, other->option, other->text);
    if (other->option)
        return dsi_fail(err, DSI_ERR_USAGE, "--%s=%s would overwrite --%s=%s",
                        output->option, output->text, other->option, other->text);
    return dsi_fail(err, DSI_ERR_USAGE, "--%s=%s would overwrite the input %s",
                    output->option, output->text, other->text);
}

/* As the file will be replaced, its folder must let a file be made in it. */
static enum dsi_status check_folder(const struct named *file, struct dsi_error *err)
{
    struct stat info;
    if (file->exists && !file->is_regular) {
        bool is_folder = stat(file->text, &info) == 0 && S_ISDIR(info.st_mode);
        return is_folder ? dsi_fail(err, DSI_ERR_USAGE, "--%s=%s is a folder",
                                    file->option, file->text)
                         : DSI_OK;
    }
    if (file->exists && faccessat(AT_FDCWD, file->text, W_OK, AT_EACCESS) != 0)
        return dsi_fail(err, DSI_ERR_USAGE, "--%s=%s: %s", file->option, file->text,
                        strerror(errno));
    char *folder = folder_of(file->path ? file->path : file->text);
    bool is_fine = folder && stat(folder, &info) == 0;
    if (is_fine && !S_ISDIR(info.st_mode)) {
        errno = ENOTDIR;
        is_fine = false;
    }
    is_fine = is_fine && faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0;
    int reason = errno;
    free(folder);
    return is_fine
               ? DSI_OK
               : dsi_fail(err, DSI_ERR_USAGE, "--%s=%s: cannot write in its folder: %s",
                          file->option, file->text, strerror(reason));
}

static enum dsi_status check(const struct list *list, struct dsi_error *err)
{
    for (size_t i = 0; i < list->n; i++) {
        const struct named *output = &list->items[i];
        if (!output->is_output)
            continue;
        for (size_t j = 0; j < list->n; j++) {
            const struct named *other = &list->items[j];
            bool is_pair_seen = other->is_output && j <= i;
            if (!is_pair_seen && is_same(output, other))
                return clash(output, other, err);
            if (is_picture_of(output, other))
                return dsi_fail(err, DSI_ERR_USAGE,
                                "--%s=%s would overwrite a picture of the input %s",
                                output->option, output->text, other->text);
        }
        DSI_TRY(check_folder(output, err));
    }
    return DSI_OK;
}

enum dsi_status dsi_outputs_check(const struct dsi_tool_call *call,
                                  const struct dsi_inputs *inputs,
                                  struct dsi_error *err)
{
    const struct dsi_more_files none = {0};
    return dsi_outputs_check_with(call, inputs, &none, err);
}

enum dsi_status dsi_outputs_check_with(const struct dsi_tool_call *call,
                                       const struct dsi_inputs *inputs,
                                       const struct dsi_more_files *more,
                                       struct dsi_error *err)
{
    struct list list = {0};
    enum dsi_status status = gather(&list, call, inputs, more, err);
    if (status == DSI_OK)
        status = check(&list, err);
    for (size_t i = 0; i < list.n; i++)
        free(list.items[i].path);
    free(list.items);
    return status;
}
