#include "hdf5_program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* DSI_LIBEXEC comes from the build, which knows where things are installed. */

static const char name[] = "dsinspect-hdf5";

/* The folder of the running program, with the slash; false where /proc tells none. */
static bool own_folder(char folder[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (n <= 0)
        return false;
    folder[n] = '\0';
    char *slash = strrchr(folder, '/');
    if (!slash)
        return false;
    slash[1] = '\0';
    return true;
}

static bool is_program(char path[PATH_MAX], const char *a, const char *b)
{
    int n = snprintf(path, PATH_MAX, "%s%s%s", a, b, name);
    return n > 0 && n < PATH_MAX && access(path, X_OK) == 0;
}

enum dsi_status dsi_hdf5_program_find(char path[PATH_MAX], struct dsi_error *err)
{
    char folder[PATH_MAX];
    const char *named = getenv("DSINSPECT_HDF5_HELPER");
    if (named && named[0]) {
        if (strlen(named) < PATH_MAX && access(named, X_OK) == 0) {
            memcpy(path, named, strlen(named) + 1);
            return DSI_OK;
        }
        return dsi_fail(err, DSI_ERR_OPEN,
                        "HDF5 is read by the program that DSINSPECT_HDF5_HELPER names, "
                        "'%.300s': %s",
                        named, strerror(errno));
    }
    bool has_folder = own_folder(folder);
    if (has_folder && (is_program(path, folder, "") ||
                       is_program(path, folder, "../libexec/dsinspect/")))
        return DSI_OK;
    if (is_program(path, DSI_LIBEXEC, "/"))
        return DSI_OK;
    return dsi_fail(err, DSI_ERR_OPEN,
                    "HDF5 is read by the program %s, which is neither in '%.300s' nor "
                    "in '%s'; DSINSPECT_HDF5_HELPER can name it",
                    name, has_folder ? folder : "(unknown)", DSI_LIBEXEC);
}
