#include "version.h"

#include "tool.h"

#include <stdio.h>

#include <jpeglib.h>
#include <png.h>
#include <zlib.h>

#define QUOTED(x)   #x
#define VALUE_OF(x) QUOTED(x)

int dsi_version_print(void)
{
    struct dsi_bytes text = {0};
    bool is_fine = false;
    enum dsi_status status = dsi_bytes_printf(
        &text, NULL, "dsinspect %s\nlibpng %s\nlibjpeg-turbo %s\nzlib %s\n",
        DSI_VERSION, png_get_libpng_ver(NULL), VALUE_OF(LIBJPEG_TURBO_VERSION),
        zlibVersion());
    if (status == DSI_OK)
        is_fine = dsi_stdout_write(NULL, &text);
    dsi_bytes_free(&text);
    return is_fine ? DSI_EXIT_FINE : DSI_EXIT_TROUBLE;
}
