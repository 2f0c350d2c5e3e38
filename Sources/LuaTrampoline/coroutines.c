// coroutine.resume and coroutine.wrap that note which coroutine runs, for interrupts: a hook is set per coroutine.
#include "internal.h"

/// Lua's own `coroutine.resume`, which raises nothing for a coroutine.
static int resume_noting(lua_State *L, lua_State *co, lua_CFunction resume) {
  lt_host *h = host_of(L);
  lua_State *resumer = h->running;
  h->running = co;
  int results = resume(L);
  h->running = resumer;
  return results;
}

static int resume(lua_State *L) {
  lua_CFunction original = lua_tocfunction(L, lua_upvalueindex(1));
  lua_State *co = lua_tothread(L, 1);
  return co ? resume_noting(L, co, original) : original(L);  // which raises the error of a wrong argument
}

static int call_wrapped(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(2));
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_insert(L, 1);
  int results = resume_noting(L, co, lua_tocfunction(L, lua_upvalueindex(1)));
  if (lua_toboolean(L, -results)) return results - 1;
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) {
    status = lua_resetthread(co);  // closes its variables, which may change the error
    lua_xmove(co, L, 1);
  }
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, -2);
  lua_pushcclosure(L, call_wrapped, 2);
  return 1;
}

void open_coroutines(lua_State *L) {
  lua_getglobal(L, LUA_COLIBNAME);
  lua_getfield(L, -1, "resume");
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, resume, 1);
  lua_setfield(L, -3, "resume");
  lua_pushcclosure(L, wrap, 1);
  lua_setfield(L, -2, "wrap");
  lua_pop(L, 1);
}
