#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>

/// LUA_COPYRIGHT, which is no literal that Swift could import.
static inline const char *lua_copyright(void) { return LUA_COPYRIGHT; }
