/* The process that runs libhdf5: formats/hdf5_protocol.h says what it is asked. */
#include <stdlib.h>

int main(void)
{
    return EXIT_FAILURE;
}
