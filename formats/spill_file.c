#include "spill_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Some file systems have no files without a name: there it has one for a moment. */
static int open_named(const char *folder)
{
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s/dsinspect-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    const int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

enum dsi_status dsi_spill_open(struct dsi_spill_file *file, const char *folder,
                               struct dsi_error *err)
{
    *file = (struct dsi_spill_file){.folder = folder};
    file->fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (file->fd < 0)
        file->fd = open_named(folder);
    if (file->fd >= 0)
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_WRITE,
                    "no temporary file can be made in %s: %s; set TMPDIR to a folder "
                    "that can be written in, or raise --max-memory",
                    folder, strerror(errno));
}

void dsi_spill_close(struct dsi_spill_file *file)
{
    close(file->fd);
    file->fd = -1;
}

enum dsi_status dsi_spill_append(struct dsi_spill_file *file, const void *data,
                                 size_t n, struct dsi_error *err)
{
    const char *from = data;
    for (size_t done = 0; done < n;) {
        const ssize_t got =
            pwrite(file->fd, from + done, n - done, (off_t)(file->n_bytes + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return dsi_fail(err, DSI_ERR_WRITE,
                            "a temporary file in %s cannot be written: %s; set TMPDIR "
                            "to a folder with more room, or raise --max-memory",
                            file->folder, got ? strerror(errno) : "no room");
        done += (size_t)got;
    }
    file->n_bytes += n;
    return DSI_OK;
}

enum dsi_status dsi_spill_read(const struct dsi_spill_file *file, uint64_t offset,
                               void *data, size_t n, struct dsi_error *err)
{
    char *to = data;
    for (size_t done = 0; done < n;) {
        const ssize_t got =
            pread(file->fd, to + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return dsi_fail(err, DSI_ERR_READ,
                            "a temporary file in %s cannot be read back: %s",
                            file->folder, got ? strerror(errno) : "it is cut short");
        done += (size_t)got;
    }
    return DSI_OK;
}
