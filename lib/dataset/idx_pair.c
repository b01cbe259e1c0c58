#include "idx_pair.h"

#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool dsi_file_is_idx_labels(const struct dsi_file *file)
{
    return strcmp(file->format->name, "idx") == 0 && file->n_arrays == 1 &&
           file->arrays[0].n_dims == 1;
}

/* The file of labels is as that of images, or packed where that is not, or the other
 * way round. */
static bool find(char *path)
{
    const size_t n = strlen(path);
    if (access(path, F_OK) == 0)
        return true;
    if (n > 3 && strcmp(path + n - 3, ".gz") == 0)
        path[n - 3] = '\0';
    else
        memcpy(path + n, ".gz", sizeof ".gz");
    return access(path, F_OK) == 0;
}

enum dsi_status dsi_idx_labels_beside(const char *path, char **labels,
                                      struct dsi_error *err)
{
    static const char images[] = "images";
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *at = strstr(name, images), *dims = at ? strstr(at, "idx") : NULL;
    *labels = NULL;
    if (!dims || dims[3] < '1' || dims[3] > '9')
        return DSI_OK;
    char *other = dsi_alloc_array(strlen(path) + sizeof ".gz", 1);
    if (!other)
        return dsi_fail_memory(err, strlen(path));
    memcpy(other, path, strlen(path) + 1);
    memcpy(other + (at - path), "labels", strlen(images)); /* as long a word */
    other[dims + 3 - path] = '1';
    if (find(other))
        *labels = other;
    else
        free(other);
    return DSI_OK;
}
