// Swift calls Lua: every operation that may raise, protected. And the life of a state.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int open_state(lua_State *L) {
  lt_host *h = host_of(L);
  if (lua_toboolean(L, 1)) {
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  }
  luaL_openlibs(L);
  open_closures(L);
  open_coroutines(L);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  h->identities = luaL_ref(L, LUA_REGISTRYINDEX);
  return 0;
}

enum { GROWTH_WITHOUT_CHECK = 64 << 20, GROWTH_AFTER_REFUSAL = 1 << 20 };

/// Lua's usual allocator, which refuses what the machine no longer has: the system would promise it, and end the process when it is
/// written. After a refusal small blocks are still to be had, for the way out of the error.
static void *allocate(void *user, void *block, size_t old_size, size_t new_size) {
  lt_host *h = user;
  if (new_size == 0) {
    free(block);
    return NULL;
  }
  size_t growth = block ? (new_size > old_size ? new_size - old_size : 0) : new_size;
  h->unchecked += growth;
  if (h->unchecked > GROWTH_WITHOUT_CHECK && h->has_memory) {
    if (!h->has_memory(growth)) {
      h->unchecked = GROWTH_WITHOUT_CHECK - GROWTH_AFTER_REFUSAL;
      return NULL;
    }
    h->unchecked = 0;
  }
  return realloc(block, new_size);
}

lt_host *lt_open(lt_entry entry, void (*release)(void *object), bool ignores_environment) {
  lt_host *h = calloc(1, sizeof *h);
  if (!h) return NULL;
  lua_State *L = luaL_newstate();
  if (!L) {
    free(h);
    return NULL;
  }
  lua_setallocf(L, allocate, h);
  // Lua's own pause of 200 lets the garbage of a loop grow without end when it consists of userdata with finalizers:
  // they count as alive in the cycle that finds them, and so put off the next one. This setting keeps it at a constant.
  lua_gc(L, LUA_GCINC, 150, 400, 0);
  *(lt_host **)lua_getextraspace(L) = h;  // coroutines made later copy it
  h->entry = entry;
  h->release = release;
  h->main = h->current = h->running = L;
  lua_pushcfunction(L, open_state);
  lua_pushboolean(L, ignores_environment);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    lt_close(h);
    return NULL;
  }
  return h;
}

static void forget_error(lt_host *h) {
  free(h->traceback);
  free(h->error_text);
  h->traceback = h->error_text = NULL;
}

void lt_close(lt_host *h) {
  h->closing = 1;
  h->current = h->main;
  lua_close(h->main);
  lt_forget(h, 0, 0);
  free(h->values);
  free(h->bytes);
  free(h->classes);
  forget_error(h);
  free(h);
}

typedef struct {
  int32_t operation;
  int32_t stack_values;  // how many values of the caller's stack follow the request
  size_t base, bytes_base;
} request;

/// nil, message: what a failed load leaves.
static int load_result(lua_State *L, int status) {
  if (status == LUA_OK) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

static void check_object(lua_State *L, int index) {
  if (!lt_box_at(L, host_of(L), index)) luaL_error(L, "an object of a class was expected");
}

static int perform(lua_State *L) {
  const request *r = lua_touserdata(L, 1);
  int count = push_described(L, host_of(L), r->base, r->bytes_base);
  lua_rotate(L, 1, -(1 + r->stack_values));
  lua_settop(L, count);
  switch (r->operation) {
    case LT_PUSH: return count;
    case LT_GET: lua_gettable(L, 1); return 1;
    case LT_SET: lua_settable(L, 1); return 0;
    case LT_RAW_SET:
      luaL_checktype(L, 1, LUA_TTABLE);
      if (lua_isnil(L, 2)) return luaL_error(L, "table index is nil");
      lua_rawset(L, 1);
      return 0;
    case LT_LENGTH: lua_pushinteger(L, luaL_len(L, 1)); return 1;
    case LT_TO_STRING: luaL_tolstring(L, 1, NULL); return 1;
    case LT_EQUAL: lua_pushboolean(L, lua_compare(L, 1, 2, LUA_OPEQ)); return 1;
    case LT_REFER: lua_pushinteger(L, luaL_ref(L, LUA_REGISTRYINDEX)); return 1;
    case LT_LOAD: {
      size_t length;
      const char *chunk = luaL_checklstring(L, 1, &length);
      return load_result(L, luaL_loadbufferx(L, chunk, length, luaL_checkstring(L, 2), luaL_checkstring(L, 3)));
    }
    case LT_LOAD_FILE:
      return load_result(L, luaL_loadfilex(L, luaL_optstring(L, 1, NULL), luaL_checkstring(L, 2)));
    case LT_SET_METATABLE: lua_setmetatable(L, 1); return 0;
    case LT_SET_FIELD_OF_OBJECT:
      check_object(L, 1);
      set_field_of_object(L, 1);
      return 0;
    case LT_KEEP:
      check_object(L, 1);
      keep_with_object(L, 1);
      return 0;
    case LT_COLLECT: lua_gc(L, LUA_GCCOLLECT); return 0;
    case LT_ERROR_TEXT:
      if (lua_isstring(L, 1)) {  // a number too
        lua_tostring(L, 1);
        return 1;
      }
      if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
      lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
      return 1;
    case LT_TRACEBACK: luaL_traceback(L, L, lua_tostring(L, 1), 1); return 1;
  }
  return 0;
}

int32_t lt_perform(lua_State *L, int32_t operation, size_t base, size_t bytes_base, int32_t result_count) {
  lt_host *h = host_of(L);
  request r = {operation, 0, base, bytes_base};
  for (size_t i = base; i < h->count; i++) r.stack_values += h->values[i].kind == LT_STACK;
  if (!lua_checkstack(L, r.stack_values + 8)) {
    lt_forget(h, base, bytes_base);
    return LT_NO_STACK;
  }
  lua_pushcfunction(L, perform);
  lua_pushlightuserdata(L, &r);
  // Values of the caller's stack become arguments, from 2: `perform` has a stack of its own.
  for (size_t i = base, position = 2; i < h->count; i++) {
    if (h->values[i].kind != LT_STACK) continue;
    lua_pushvalue(L, (int)h->values[i].integer);
    h->values[i].integer = (int64_t)position++;
  }
  int status = lua_pcall(L, 1 + r.stack_values, result_count, 0);
  if (status != LUA_OK) lt_forget(h, base, bytes_base);
  return status;
}

static int next_pair(lua_State *L) { return lua_next(L, 1) ? 2 : 0; }

bool lt_next(lua_State *L, int32_t index) {
  int top = lua_gettop(L);
  if (!lua_checkstack(L, 8)) return false;
  lua_pushcfunction(L, next_pair);
  lua_pushvalue(L, index);
  lua_pushvalue(L, top);
  if (lua_pcall(L, 2, LUA_MULTRET, 0) != LUA_OK || lua_gettop(L) == top) {
    lua_settop(L, top - 1);
    return false;
  }
  lua_remove(L, top);
  return true;
}

/// A message handler that leaves the error's value alone and tells the host what Lua's own program would show of it.
static int note_error(lua_State *L) {
  lt_host *h = host_of(L);
  forget_error(h);
  lua_settop(L, 1);
  if (lua_type(L, 1) != LUA_TSTRING && luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) {
    h->error_text = strdup(lua_tostring(L, -1));
  } else {
    luaL_traceback(L, L, NULL, 1);
    h->traceback = strdup(lua_tostring(L, -1));
  }
  lua_settop(L, 1);
  return 1;
}

/// The C function from which Lua's own program calls everything: scripts see its frame.
static int call_inside(lua_State *L) {
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

int32_t lt_call_pushed(lua_State *L, int32_t argument_count, int32_t result_count, bool with_traceback) {
  if (!lua_checkstack(L, 8)) {
    lua_settop(L, -argument_count - 2);
    return LT_NO_STACK;
  }
  lt_host *h = host_of(L);
  int handler = 0;
  if (with_traceback) {
    forget_error(h);
    handler = lua_gettop(L) - argument_count;
    lua_pushcfunction(L, note_error);
    lua_insert(L, handler);
    if (h->call_depth == 0) {
      lua_pushcfunction(L, call_inside);
      lua_insert(L, handler + 1);
      argument_count++;
    }
  }
  h->call_depth++;
  int status = lua_pcall(L, argument_count, result_count, handler);
  if (--h->call_depth == 0 && h->interrupted) lt_clear_interrupt(h);
  if (with_traceback) lua_remove(L, handler);
  return status;
}

int32_t lt_call(lua_State *L, size_t base, size_t bytes_base, int32_t result_count, bool with_traceback) {
  int top = lua_gettop(L);
  int status = lt_perform(L, LT_PUSH, base, bytes_base, LUA_MULTRET);
  if (status != LUA_OK) return status;
  return lt_call_pushed(L, lua_gettop(L) - top - 1, result_count, with_traceback);
}

void lt_unrefer(lua_State *L, int32_t reference) { luaL_unref(L, LUA_REGISTRYINDEX, reference); }

/// Instructions that a script gets, to clean up, before the interrupt is raised again where it was caught.
#define GRACE 997

// Raises again and again until the outermost call is over, so that a loop around pcall does not swallow an interrupt: each
// time sooner, in the end at once, as a loop inside of the pcall would take all the instructions of grace.
static void stop(lua_State *L, lua_Debug *frame) {
  (void)frame;
  lt_host *h = host_of(L);
  if (!h->interrupted) {
    lua_sethook(L, NULL, 0, 0);
    return;
  }
  lua_sethook(L, stop, LUA_MASKCOUNT, h->grace);
  if (h->grace > 1) h->grace /= 2;
  luaL_error(L, "interrupted!");
}

void lt_interrupt(lt_host *h) {
  h->interrupted = 1;
  h->grace = GRACE;
  lua_sethook(h->main, stop, LUA_MASKCOUNT, 1);
  lua_State *running = h->running;
  if (running != h->main) lua_sethook(running, stop, LUA_MASKCOUNT, 1);
}

void lt_clear_interrupt(lt_host *h) {
  h->interrupted = 0;
  if (lua_gethook(h->main) == stop) lua_sethook(h->main, NULL, 0, 0);
}
