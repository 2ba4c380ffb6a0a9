/* Stands in for VirtualBox's VBoxHeadless where its kernel driver cannot be loaded.
 *
 * The real program stops when /dev/vboxdrv is absent. But the library that runs machines has a mode without the
 * driver, in which it interprets the guest's instructions (IEM): slow, and the real product in everything else. This
 * program loads the same VBoxHeadless.so and answers the call that opens the driver by asking for that mode. With a
 * driver it steps aside.
 *
 * The machine, or "global", needs the extra data VBoxInternal/HM/FallbackToIEM = 1; see setup.sh, which builds this.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define HOME "/usr/lib/virtualbox"

/* SUPR3INIT_F_DRIVERLESS and its like: without driver, for any execution engine. */
static const uint32_t driverless = 0xcu;

extern int RTR3InitExe(int argc, char ***argv, uint32_t flags);

typedef int init_function(uint32_t flags, void **session);
typedef int main_function(int argc, char **argv, char **environment);

int SUPR3InitEx(uint32_t flags, void **session)
{
    init_function *real;

    (void)flags;
    *(void **)&real = dlsym(RTLD_NEXT, "SUPR3InitEx");
    return real(driverless, session);
}

int SUPR3Init(void **session)
{
    return SUPR3InitEx(0, session);
}

int main(int argc, char **argv, char **environment)
{
    main_function *headless = NULL;
    void *library;

    if (access("/dev/vboxdrv", F_OK) == 0)
        execv(HOME "/VBoxHeadless.hardened", argv);
    if (RTR3InitExe(argc, &argv, 0) < 0) {
        fputs("VBoxHeadless: the runtime does not start\n", stderr);
        return 1;
    }
    library = dlopen(HOME "/VBoxHeadless.so", RTLD_NOW | RTLD_GLOBAL);
    if (library != NULL)
        *(void **)&headless = dlsym(library, "TrustedMain");
    if (headless == NULL) {
        fprintf(stderr, "VBoxHeadless: %s\n", dlerror());
        return 1;
    }
    return headless(argc, argv, environment);
}
