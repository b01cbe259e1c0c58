#include "helper_driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What libhdf5 copies about with a property list. */
struct info {
    struct dsi_driver *driver;
};

struct file {
    H5FD_t base; /* first: libhdf5 sees only this */
    struct dsi_driver *driver;
    int fd;
    bool is_own;    /* fd was opened here */
    uint64_t id[2]; /* device and inode */
    haddr_t end_allocated, end;
};

static void *info_copy(const void *from)
{
    struct info *copy = malloc(sizeof *copy);
    if (copy)
        *copy = *(const struct info *)from;
    return copy;
}

static herr_t info_free(void *info)
{
    free(info);
    return 0;
}

/* Asked for when a file leads to another. */
static void *info_of_file(H5FD_t *base)
{
    const struct info info = {((struct file *)base)->driver};
    return info_copy(&info);
}

/* The one descriptor there is; another file only where that is allowed. */
static bool descriptor(struct file *file, const char *name)
{
    file->fd = file->driver->fd;
    if (strcmp(name, file->driver->name) == 0)
        return true;
    if (!file->driver->follow)
        return false;
    file->fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    file->is_own = file->fd >= 0;
    return file->is_own;
}

/* In the jail fstat is not to be had; nor is there a second file to tell from. */
static bool identify(struct file *file)
{
    struct stat st;
    off_t end = lseek(file->fd, 0, SEEK_END);
    if (end < 0)
        return false;
    file->end = (haddr_t)end;
    if (!file->driver->follow)
        return true;
    if (fstat(file->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    file->id[0] = (uint64_t)st.st_dev;
    file->id[1] = (uint64_t)st.st_ino;
    return true;
}

static herr_t driver_close(H5FD_t *base)
{
    struct file *file = (struct file *)base;
    if (file->is_own)
        close(file->fd);
    free(file);
    return 0;
}

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t max)
{
    const struct info *info = H5Pget_driver_info(access);
    struct file *file = NULL;
    (void)max;
    if (info && !(flags & ~(unsigned)H5F_ACC_SWMR_READ))
        file = calloc(1, sizeof *file);
    if (!file)
        return NULL;
    file->driver = info->driver;
    if (descriptor(file, name) && identify(file))
        return &file->base;
    driver_close(&file->base);
    return NULL;
}

/* The order of files; 0 for two that are the same. */
static int driver_compare(const H5FD_t *a, const H5FD_t *b)
{
    return memcmp(((const struct file *)a)->id, ((const struct file *)b)->id,
                  sizeof((const struct file *)a)->id);
}

static herr_t driver_query(const H5FD_t *base, unsigned long *flags)
{
    (void)base;
    *flags = H5FD_FEAT_ACCUMULATE_METADATA_READ | H5FD_FEAT_DATA_SIEVE;
    return 0;
}

static haddr_t get_allocated(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const struct file *)base)->end_allocated;
}

static herr_t set_allocated(H5FD_t *base, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    ((struct file *)base)->end_allocated = address;
    return 0;
}

static haddr_t get_end(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const struct file *)base)->end;
}

static herr_t get_handle(H5FD_t *base, hid_t access, void **handle)
{
    (void)access;
    *handle = ((struct file *)base)->id;
    return 0;
}

/* Past the end of the file there are zeros, as with libhdf5's own drivers: it reads
 * ahead a little where it does not know a length yet. */
static herr_t driver_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer,
                          haddr_t address, size_t n, void *buffer)
{
    const struct file *file = (const struct file *)base;
    struct dsi_driver *driver = file->driver;
    uint8_t *out = buffer;
    (void)transfer;
    if (address > INT64_MAX || n > INT64_MAX - address)
        return -1;
    if (driver->recording && type == H5FD_MEM_DRAW) {
        driver->n_recorded++;
        driver->address = address;
        driver->n_bytes = n;
        return 0;
    }
    while (n) {
        ssize_t got = pread(file->fd, out, n, (off_t)address);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        out += got;
        address += (haddr_t)got;
        n -= (size_t)got;
    }
    memset(out, 0, n);
    return 0;
}

static herr_t driver_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer,
                           haddr_t address, size_t n, const void *buffer)
{
    (void)base, (void)type, (void)transfer, (void)address, (void)n, (void)buffer;
    return -1;
}

static const H5FD_class_t driver_class = {
    .name = "dsinspect",
    .maxaddr = INT64_MAX,
    .fc_degree = H5F_CLOSE_WEAK,
    .fapl_size = sizeof(struct info),
    .fapl_get = info_of_file,
    .fapl_copy = info_copy,
    .fapl_free = info_free,
    .open = driver_open,
    .close = driver_close,
    .cmp = driver_compare,
    .query = driver_query,
    .get_eoa = get_allocated,
    .set_eoa = set_allocated,
    .get_eof = get_end,
    .get_handle = get_handle,
    .read = driver_read,
    .write = driver_write,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t dsi_driver_access(struct dsi_driver *driver)
{
    const struct info info = {driver};
    hid_t id = H5FDregister(&driver_class);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (id < 0 || access < 0 || H5Pset_driver(access, id, &info) < 0) {
        H5Pclose(access);
        return H5I_INVALID_HID;
    }
    return access;
}

bool dsi_driver_file_id(hid_t object, uint64_t id[2])
{
    void *handle = NULL;
    hid_t file = H5Iget_file_id(object);
    bool ok = file >= 0 && H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) >= 0 && handle;
    if (ok)
        memcpy(id, handle, 2 * sizeof *id);
    if (file >= 0)
        H5Fclose(file);
    return ok;
}
