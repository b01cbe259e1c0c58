/* Any bytes as a JPEG file. Rows read in two parts must equal those read at once. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    fuzz_image(data, n, &dsi_format_jpeg, false);
    return 0;
}
