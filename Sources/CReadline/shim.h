#include <stdio.h>
#include <stdio_ext.h>
#include <readline/readline.h>
#include <readline/history.h>

// Swift 6 takes C's global variables for shared mutable state.
static inline FILE *standard_output(void) { return stdout; }
static inline FILE *standard_error(void) { return stderr; }
