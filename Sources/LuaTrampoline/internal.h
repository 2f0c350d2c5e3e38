// What the files of this library share.
#ifndef LUA_TRAMPOLINE_INTERNAL_H
#define LUA_TRAMPOLINE_INTERNAL_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "LuaTrampoline.h"

static inline lt_host *host_of(lua_State *L) { return *(lt_host **)lua_getextraspace(L); }

/// Pushes the values described from `base` to the end of the buffer and forgets them. Returns how many. May raise.
int push_described(lua_State *L, lt_host *h, size_t base, size_t bytes_base);
/// Calls Swift with the running function's arguments and pushes its results. Raises Swift's error.
int dispatch(lua_State *L, lt_host *h, void *context);
/// Pushes a function that calls `context`, which must outlive it.
void push_function(lua_State *L, void *context);
/// Pushes a function that owns `context`; takes over its reference only if it returns.
void push_closure(lua_State *L, lt_host *h, size_t value);
/// Pushes the metatable of closures' contexts into the registry.
void open_closures(lua_State *L);
/// Makes coroutine.resume and coroutine.wrap note the running coroutine.
void open_coroutines(lua_State *L);
/// Sets a plain field of the userdata at `object`: pops the value, then the key.
void set_field_of_object(lua_State *L, int object);
/// Keeps the value on top alive with the userdata at `object`: pops the value, then the key (nil: appends).
void keep_with_object(lua_State *L, int object);

#endif
