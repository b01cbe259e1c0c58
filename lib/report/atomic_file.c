#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out.h"

enum { BUFFER_SIZE = 64 * 1024, MAX_LINKS = 40, MAX_TRIES = 100 };

/* The open temporaries, for dsi_atomic_abandon_all. The one mutable static of the
 * library, since a signal handler is given nothing to find them by. A handler may come
 * at any instruction and may only unlink, hence fixed storage and lock-free flags: a
 * slot is FREE, CLAIMED by the one who fills in its path, then ARMED. It is armed
 * before the file is created and freed after it is gone, because unlinking a name that
 * is not there does no harm, while a file nobody knows of would stay for ever. */
enum { FREE, CLAIMED, ARMED };

static struct slot {
    atomic_int state;
    char path[PATH_MAX];
} slots[DSI_ATOMIC_MAX];

_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler cannot wait for a lock");

struct dsi_atomic_file {
    int fd;
    char *target;             /* where the temporary goes; NULL when written in place */
    struct slot *slot;        /* its temporary; NULL when written in place */
    struct dsi_error failure; /* the first failed write: there is no commit after it */
    size_t n;
    char buffer[BUFFER_SIZE];
};

void dsi_atomic_abandon_all(void)
{
    int saved_errno = errno;
    for (size_t i = 0; i < DSI_ATOMIC_MAX; i++)
        if (atomic_load(&slots[i].state) == ARMED)
            unlink(slots[i].path);
    errno = saved_errno;
}

static struct slot *claim_slot(void)
{
    for (size_t i = 0; i < DSI_ATOMIC_MAX; i++) {
        int expected = FREE;
        if (atomic_compare_exchange_strong(&slots[i].state, &expected, CLAIMED))
            return &slots[i];
    }
    return NULL;
}

/* --- where it goes --------------------------------------------------------------- */

static size_t directory_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* path with the symbolic link it names replaced by what the link says. Frees path;
 * NULL with errno set on failure. */
static char *follow(char *path)
{
    char link[PATH_MAX], *next = NULL;
    ssize_t n = readlink(path, link, sizeof link);
    if (n >= 0 && (size_t)n == sizeof link) {
        errno = ENAMETOOLONG;
        n = -1;
    }
    if (n >= 0) {
        size_t prefix = n && link[0] == '/' ? 0 : directory_length(path);
        if (asprintf(&next, "%.*s%.*s", (int)prefix, path, (int)n, link) < 0)
            next = NULL;
    }
    free(path);
    return next;
}

/* The links of /proc/self/fd are open files rather than names: /dev/stdout may say
 * "/tmp/x", and whoever holds that file open would miss what a rename puts there. */
static bool is_open_file(const struct stat *link)
{
    struct stat proc;
    return stat("/proc/self", &proc) == 0 && link->st_dev == proc.st_dev;
}

/* Follows the last part of path, which need not exist, to what is not a link, and lets
 * stop tell that it is one of our open files. NULL with errno set on failure. */
static char *resolve(const char *path, bool *is_ours)
{
    char *at = dsi_text_copy(path, strlen(path));
    *is_ours = false;
    for (int i = 0; at && i < MAX_LINKS; i++) {
        struct stat info;
        if (lstat(at, &info) != 0 || !S_ISLNK(info.st_mode))
            return at;
        if (is_open_file(&info)) {
            *is_ours = true;
            return at;
        }
        at = follow(at);
    }
    if (at)
        errno = ELOOP;
    free(at);
    return NULL;
}

/* --- opening --------------------------------------------------------------------- */

/* A copy of our descriptor where path names one, so that the offset is shared with
 * whoever else writes there, and sockets work; anything else is opened. */
static int open_in_place(const char *path)
{
    const char *name = path + directory_length(path);
    struct stat ours, theirs;
    char *end;
    long fd = strtol(name, &end, 10);
    if (end > name && !*end && fd >= 0 && fd <= INT_MAX && fstat((int)fd, &ours) == 0 &&
        stat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
        ours.st_ino == theirs.st_ino)
        return fcntl((int)fd, F_DUPFD_CLOEXEC, 0);
    return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

/* ".NAME.RANDOM.tmp" beside the target. */
static bool name_temporary(struct slot *slot, const char *target)
{
    uint64_t random;
    size_t directory = directory_length(target);
    /* A long name is cut: the temporary's must fit in NAME_MAX as well. */
    int kept = (int)strnlen(target + directory, NAME_MAX - 32);
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return false;
    int n =
        snprintf(slot->path, sizeof slot->path, "%.*s.%.*s.%016llx.tmp", (int)directory,
                 target, kept, target + directory, (unsigned long long)random);
    errno = ENAMETOOLONG;
    return n > 0 && (size_t)n < sizeof slot->path;
}

/* The descriptor, or -1 with errno set and the slot free again. */
static int create_temporary(struct slot *slot, const char *target)
{
    for (int i = 0; i < MAX_TRIES; i++) {
        if (!name_temporary(slot, target))
            break;
        atomic_store(&slot->state, ARMED);
        int fd = open(slot->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0)
            return fd;
        atomic_store(&slot->state, CLAIMED);
        if (errno != EEXIST)
            break;
    }
    atomic_store(&slot->state, FREE);
    return -1;
}

static enum dsi_status open_temporary(struct dsi_atomic_file *file,
                                      const struct stat *old, struct dsi_error *err)
{
    struct slot *slot = claim_slot();
    if (!slot)
        return dsi_fail(err, DSI_ERR_LIMIT, "more than %d output files at once",
                        DSI_ATOMIC_MAX);
    file->fd = create_temporary(slot, file->target);
    if (file->fd < 0)
        return dsi_fail(err, DSI_ERR_OPEN, "cannot create a file in its folder: %s",
                        strerror(errno));
    file->slot = slot;
    /* Where the file system has no modes (vfat) there are none to keep. */
    if (old && fchmod(file->fd, old->st_mode & 0777) != 0 && errno != EPERM)
        return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(errno));
    return DSI_OK;
}

/* Decides between the two ways of writing and opens accordingly. On failure the file is
 * as far as it came, for dsi_atomic_abandon. */
static enum dsi_status open_file(struct dsi_atomic_file *file, const char *path,
                                 struct dsi_error *err)
{
    struct stat old;
    bool is_ours;
    if (!path[0])
        return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(ENOENT));
    char *target = resolve(path, &is_ours);
    if (!target)
        return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(errno));
    bool exists = stat(target, &old) == 0;
    if (is_ours || (exists && !S_ISREG(old.st_mode))) {
        file->fd = open_in_place(target);
        free(target);
        if (file->fd < 0)
            return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(errno));
        return DSI_OK;
    }
    file->target = target;
    /* A rename needs no right to the file, but who made it read-only meant it. */
    if (exists && faccessat(AT_FDCWD, target, W_OK, AT_EACCESS) != 0)
        return dsi_fail(err, DSI_ERR_OPEN, "%s", strerror(errno));
    return open_temporary(file, exists ? &old : NULL, err);
}

enum dsi_status dsi_atomic_open(struct dsi_atomic_file **file, const char *path,
                                struct dsi_error *err)
{
    *file = NULL;
    struct dsi_atomic_file *opened = malloc(sizeof *opened);
    if (!opened)
        return dsi_fail_memory(err, sizeof *opened);
    opened->fd = -1;
    opened->target = NULL;
    opened->slot = NULL;
    opened->failure.status = DSI_OK;
    opened->n = 0;
    enum dsi_status status = open_file(opened, path, err);
    if (status != DSI_OK)
        dsi_atomic_abandon(opened);
    else
        *file = opened;
    return status;
}

/* --- writing --------------------------------------------------------------------- */

static enum dsi_status write_out(struct dsi_atomic_file *file, const void *data,
                                 size_t n, struct dsi_error *err)
{
    if (file->failure.status == DSI_OK)
        file->failure.status = dsi_fd_write(file->fd, data, n, &file->failure);
    if (file->failure.status == DSI_OK)
        return DSI_OK;
    return dsi_fail(err, file->failure.status, "%s", file->failure.message);
}

static enum dsi_status flush(struct dsi_atomic_file *file, struct dsi_error *err)
{
    size_t n = file->n;
    file->n = 0;
    return write_out(file, file->buffer, n, err);
}

enum dsi_status dsi_atomic_write(struct dsi_atomic_file *file, const void *data,
                                 size_t n, struct dsi_error *err)
{
    if (n > BUFFER_SIZE - file->n) {
        DSI_TRY(flush(file, err));
        if (n >= BUFFER_SIZE)
            return write_out(file, data, n, err);
    }
    if (n)
        memcpy(file->buffer + file->n, data, n);
    file->n += n;
    return DSI_OK;
}

/* Makes the new name last through a power cut. The rename is done, so nothing is left
 * to undo: a file system that cannot do this has given all it has. */
static void sync_directory(const char *target)
{
    char directory[PATH_MAX];
    size_t n = directory_length(target);
    if (n >= sizeof directory)
        return;
    memcpy(directory, target, n);
    directory[n] = '\0';
    int fd = open(n ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

static enum dsi_status sync_and_close(struct dsi_atomic_file *file,
                                      struct dsi_error *err)
{
    DSI_TRY(flush(file, err));
    /* EINVAL: a file system that has no such thing. */
    if (file->slot && fsync(file->fd) != 0 && errno != EINVAL)
        return dsi_fail(err, DSI_ERR_WRITE, "%s", strerror(errno));
    int fd = file->fd;
    file->fd = -1;
    /* Network file systems report a full disk as late as here. */
    if (close(fd) != 0 && errno != EINTR)
        return dsi_fail(err, DSI_ERR_WRITE, "%s", strerror(errno));
    return DSI_OK;
}

static void release_slot(struct dsi_atomic_file *file)
{
    if (file->slot)
        atomic_store(&file->slot->state, FREE);
    file->slot = NULL;
}

enum dsi_status dsi_atomic_commit(struct dsi_atomic_file *file, struct dsi_error *err)
{
    enum dsi_status status = sync_and_close(file, err);
    if (status != DSI_OK)
        goto out;
    if (!file->slot)
        goto out;
    if (rename(file->slot->path, file->target) != 0) {
        status = dsi_fail(err, DSI_ERR_WRITE, "%s", strerror(errno));
        goto out;
    }
    release_slot(file);
    sync_directory(file->target);
out:
    dsi_atomic_abandon(file);
    return status;
}

void dsi_atomic_abandon(struct dsi_atomic_file *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    if (file->slot)
        unlink(file->slot->path);
    release_slot(file);
    free(file->target);
    free(file);
}
