/* Whether the program is built with a sanitizer: its allocator is another, memory tells
 * nothing, and what takes a second takes ten. */
#ifndef DSI_TEST_SANITIZED_H
#define DSI_TEST_SANITIZED_H

#if defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
