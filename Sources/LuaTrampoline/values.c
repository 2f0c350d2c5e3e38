// Described values: the buffer that Swift fills, and how they become Lua's.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

lt_host *lt_host_of(lua_State *L) { return host_of(L); }

lt_box *lt_box_at(lua_State *L, const lt_host *host, int32_t index) {
  lt_box *box = lua_touserdata(L, index);
  // The length of a light userdata is 0.
  return box && lua_rawlen(L, index) == sizeof *box && box->host == host ? box : NULL;
}

lt_value *lt_reserve(lt_host *h) {
  if (h->count == h->capacity) {
    size_t capacity = h->capacity ? h->capacity * 2 : 64;
    lt_value *values = realloc(h->values, capacity * sizeof *values);
    if (!values) abort();  // some kilobytes: the process has nothing left to go on with
    h->values = values;
    h->capacity = capacity;
  }
  return &h->values[h->count++];
}

void lt_add_string(lt_host *h, const char *bytes, size_t length, int32_t flags) {
  lt_value *value = lt_reserve(h);
  value->flags = flags;
  if (length > h->bytes_capacity - h->bytes_count) {
    size_t capacity = (h->bytes_count + length) * 2 + 256;
    char *grown = realloc(h->bytes, capacity);
    if (!grown) {
      value->kind = LT_NO_MEMORY;
      return;
    }
    h->bytes = grown;
    h->bytes_capacity = capacity;
  }
  if (length) memcpy(h->bytes + h->bytes_count, bytes, length);
  value->kind = LT_STRING;
  value->integer = (int64_t)h->bytes_count;
  value->extra = (int64_t)length;
  h->bytes_count += length;
}

void lt_forget(lt_host *h, size_t base, size_t bytes_base) {
  for (size_t i = base; i < h->count; i++) {
    lt_value value = h->values[i];
    h->values[i].kind = LT_NIL;
    if (value.kind == LT_OBJECT || value.kind == LT_CLOSURE) h->release(value.object);
  }
  h->count = base;
  h->bytes_count = bytes_base;
  if (h->bytes_capacity > 1 << 20 && bytes_base == 0) {  // a large string was a guest
    free(h->bytes);
    h->bytes = NULL;
    h->bytes_capacity = 0;
  }
}

static void push_object(lua_State *L, lt_host *h, size_t index) {
  if (h->closing) luaL_error(L, "the state is being closed");  // no finalizer would release what is made now
  lt_value value = h->values[index];
  if (value.flags & LT_UNIQUE) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, h->identities);
    if (lua_rawgetp(L, -1, value.object) == LUA_TUSERDATA) {
      lt_box *box = lua_touserdata(L, -1);
      if (box->object == value.object) {
        lua_remove(L, -2);
        h->values[index].kind = LT_NIL;
        h->release(value.object);  // the box has a reference of its own
        return;
      }
    }
    lua_pop(L, 1);
  }
  const lt_class *class = &h->classes[value.extra];
  lt_box *box = lua_newuserdatauv(L, sizeof *box, class->user_values);
  box->host = h;
  box->object = value.object;
  box->klass = value.extra;
  h->values[index].kind = LT_NIL;  // the box owns the object from here
  lua_rawgeti(L, LUA_REGISTRYINDEX, h->classes[value.extra].metatable);
  lua_setmetatable(L, -2);
  if (value.flags & LT_UNIQUE) {
    lua_pushvalue(L, -1);
    lua_rawsetp(L, -3, value.object);
    lua_remove(L, -2);
  }
}

/// Elements of a table that are made in a millisecond or so.
enum { ELEMENTS_BETWEEN_LOOKS = 1 << 16 };

/// Pushes the value at `index` and returns the index after it. The buffer may move meanwhile: a finalizer may run.
static size_t push_value(lua_State *L, lt_host *h, size_t index) {
  lt_value value = h->values[index];
  switch (value.kind) {
    case LT_BOOLEAN: lua_pushboolean(L, value.integer != 0); break;
    case LT_INTEGER: lua_pushinteger(L, value.integer); break;
    case LT_NUMBER: lua_pushnumber(L, value.number); break;
    case LT_STRING: lua_pushlstring(L, h->bytes + value.integer, (size_t)value.extra); break;
    case LT_OBJECT: push_object(L, h, index); break;
    case LT_CLOSURE: push_closure(L, h, index); break;
    case LT_FUNCTION: push_function(L, value.object); break;
    case LT_REFERENCE: lua_rawgeti(L, LUA_REGISTRYINDEX, value.integer); break;
    case LT_STACK: lua_pushvalue(L, (int)value.integer); break;
    case LT_NO_MEMORY: luaL_error(L, "not enough memory"); break;
    case LT_TABLE: {
      luaL_checkstack(L, 8, "too many nested tables");
      int elements = value.integer > (1 << 26) ? 1 << 26 : (int)value.integer;
      int pairs = value.extra > (1 << 26) ? 1 << 26 : (int)value.extra;
      lua_createtable(L, elements, pairs);
      size_t next = index + 1;
      for (int64_t i = 1; i <= value.integer; i++) {
        if (i % ELEMENTS_BETWEEN_LOOKS == 0 && h->interrupted) luaL_error(L, "interrupted!");
        next = push_value(L, h, next);
        lua_rawseti(L, -2, i);
      }
      for (int64_t i = 0; i < value.extra; i++) {
        next = push_value(L, h, next);
        next = push_value(L, h, next);
        lua_rawset(L, -3);
      }
      return next;
    }
    default: lua_pushnil(L); break;
  }
  return index + 1;
}

/// The index after the value at `index`, with all that is in it.
static size_t skip_value(const lt_host *h, size_t index) {
  const lt_value *value = &h->values[index++];
  if (value->kind != LT_TABLE) return index;
  for (int64_t left = value->integer + 2 * value->extra; left > 0; left--) index = skip_value(h, index);
  return index;
}

int push_described(lua_State *L, lt_host *h, size_t base, size_t bytes_base) {
  size_t end = h->count;
  int pushed = 0;
  if (base < end) {
    // What is in tables never stands on the stack all at once.
    size_t room = 8;
    for (size_t index = base; index < end; index = skip_value(h, index)) room++;
    if (room > LUAI_MAXSTACK) luaL_error(L, "stack overflow (too many values)");
    luaL_checkstack(L, (int)room, "too many values");
    for (size_t index = base; index < end; pushed++) index = push_value(L, h, index);
  }
  h->count = base;
  h->bytes_count = bytes_base;
  if (h->bytes_capacity > 1 << 20) lt_forget(h, base, bytes_base);
  return pushed;
}
