/* "dsinspect 0.1.0", and below it the libraries this program runs with. */
#ifndef DSI_VERSION_H
#define DSI_VERSION_H

int dsi_version_print(void); /* returns the exit code */

#endif
