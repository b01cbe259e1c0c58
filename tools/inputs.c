/* The inputs of a tool: its operands and the lines of --files-from. */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 65536 };

static enum dsi_status slurp(const char *path, struct dsi_bytes *text,
                             struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return dsi_fail(err, DSI_ERR_OPEN, "--files-from: %s: %s", path,
                        strerror(errno));
    for (;;) {
        if ((status = dsi_bytes_reserve(text, CHUNK, err)) != DSI_OK)
            break;
        ssize_t n = read(fd, text->data + text->n, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            status = dsi_fail(err, DSI_ERR_READ, "--files-from: %s: %s", path,
                              strerror(errno));
            break;
        }
        if (n == 0)
            break;
        text->n += (size_t)n;
    }
    if (!is_stdin)
        close(fd);
    return status;
}

/* Cuts text at every separator (which becomes a NUL) and appends the pieces. The names
 * have room for as many as there are separators, and one. */
static void cut(struct dsi_inputs *inputs, char separator)
{
    if (inputs->text.n == 0)
        return; /* there may be no memory to point into */
    char *at = (char *)inputs->text.data, *end = at + inputs->text.n;
    while (at < end) {
        char *stop = memchr(at, separator, (size_t)(end - at));
        if (!stop)
            stop = end; /* where the NUL after the text stands */
        *stop = 0;
        if (stop != at)
            inputs->names[inputs->n++] = at;
        at = stop + 1;
    }
}

enum dsi_status dsi_inputs_gather(struct dsi_inputs *inputs,
                                  const struct dsi_common *common, char **operands,
                                  size_t n_operands, struct dsi_error *err)
{
    enum dsi_status status = DSI_OK;
    char separator = common->names_end_with_nul ? '\0' : '\n';
    uint64_t room = n_operands + 2;
    *inputs = (struct dsi_inputs){0};
    if (common->files_from) {
        if ((status = slurp(common->files_from, &inputs->text, err)) != DSI_OK)
            goto out;
        for (size_t i = 0; i < inputs->text.n; i++)
            room += inputs->text.data[i] == (uint8_t)separator;
        if ((status = dsi_bytes_append(&inputs->text, "", 1, err)) != DSI_OK)
            goto out;
        inputs->text.n--;
        if (separator != 0 && memchr(inputs->text.data, 0, inputs->text.n)) {
            status = dsi_fail(err, DSI_ERR_USAGE,
                              "--files-from: %s holds NUL bytes (is -0 meant?)",
                              common->files_from);
            goto out;
        }
    }
    inputs->names = dsi_alloc_array(room, sizeof *inputs->names);
    if (!inputs->names) {
        status = dsi_fail_memory(err, room * sizeof *inputs->names);
        goto out;
    }
    for (size_t i = 0; i < n_operands; i++)
        inputs->names[inputs->n++] = operands[i];
    cut(inputs, separator);
    inputs->names[inputs->n] = NULL;
    if (inputs->n == 0)
        status =
            dsi_fail(err, DSI_ERR_USAGE, "no input given: --files-from=%s names none",
                     common->files_from);
out:
    if (status != DSI_OK)
        dsi_inputs_free(inputs);
    return status;
}

void dsi_inputs_free(struct dsi_inputs *inputs)
{
    free(inputs->names);
    dsi_bytes_free(&inputs->text);
    *inputs = (struct dsi_inputs){0};
}
