// Lua calls Swift.
#include "internal.h"

/// Pushes "file:line: " of the innermost function written in Lua, or "".
static void push_position(lua_State *L) {
  lua_Debug frame;
  for (int level = 1; level < 16 && lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sl", &frame);
    if (frame.currentline > 0) {
      lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
      return;
    }
  }
  lua_pushliteral(L, "");
}

/// Raises the error that Swift described.
static int raise(lua_State *L, lt_host *h, size_t base, size_t bytes_base) {
  int positioned = base < h->count && (h->values[base].flags & LT_POSITIONED);
  luaL_checkstack(L, 8, "no room for an error");
  push_described(L, h, base, bytes_base);
  if (positioned) {
    push_position(L);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

int dispatch(lua_State *L, lt_host *h, void *context) {
  size_t base = h->count, bytes_base = h->bytes_count;
  int32_t status = h->entry(L, context, lua_gettop(L));
  if (status) return raise(L, h, base, bytes_base);
  int pushed = push_described(L, h, base, bytes_base);
  if (h->collect) {
    int full = h->collect == LT_COLLECT_FULL;
    h->collect = LT_COLLECT_NONE;
    if (full) lua_gc(L, LUA_GCCOLLECT);
    else lua_gc(L, LUA_GCSTEP, 0);
  }
  return pushed;
}

static int call_function(lua_State *L) { return dispatch(L, host_of(L), lua_touserdata(L, lua_upvalueindex(1))); }

static int call_closure(lua_State *L) {
  lt_box *box = lua_touserdata(L, lua_upvalueindex(1));
  if (!box->object) return luaL_error(L, "this function's state is being closed");
  return dispatch(L, host_of(L), box->object);
}

void push_function(lua_State *L, void *context) {
  lua_pushlightuserdata(L, context);
  lua_pushcclosure(L, call_function, 1);
}

static const char closures_key = 0;

static int collect_closure(lua_State *L) {
  lt_host *h = host_of(L);
  lt_box *box = lt_box_at(L, h, 1);
  if (box && box->object && box->klass == -1) {
    void *object = box->object;
    box->object = NULL;
    h->release(object);
  }
  return 0;
}

void open_closures(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, collect_closure);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &closures_key);
}

void push_closure(lua_State *L, lt_host *h, size_t index) {
  if (h->closing) luaL_error(L, "the state is being closed");
  lt_box *box = lua_newuserdatauv(L, sizeof *box, 0);
  box->host = h;
  box->object = h->values[index].object;
  box->klass = -1;
  h->values[index].kind = LT_NIL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &closures_key);
  lua_setmetatable(L, -2);
  lua_pushcclosure(L, call_closure, 1);
}

void *lt_context_of(lua_State *L, int32_t index) {
  lua_CFunction function = lua_tocfunction(L, index);
  if (function != call_function && function != call_closure) return NULL;
  if (!lua_getupvalue(L, index, 1)) return NULL;
  void *context = lua_touserdata(L, -1);
  if (function == call_closure && context) context = ((lt_box *)context)->object;
  lua_pop(L, 1);
  return context;
}
