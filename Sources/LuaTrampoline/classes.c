// Classes of userdata.
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { FIELDS = 1, KEPT = 2 };  // the user values of an object with fields

static int collect_object(lua_State *L) {
  lt_host *h = host_of(L);
  lt_box *box = lt_box_at(L, h, 1);
  if (box && box->object && box->klass >= 0) {
    void *object = box->object;
    box->object = NULL;
    h->release(object);
  }
  return 0;
}

/// Pushes the table that is user value `which` of the userdata at `object`, made if need be.
static void push_user_table(lua_State *L, int object, int which) {
  if (lua_getiuservalue(L, object, which) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 4);
  lua_pushvalue(L, -1);
  if (!lua_setiuservalue(L, object, which)) luaL_error(L, "this object holds no fields");
}

void set_field_of_object(lua_State *L, int object) {
  push_user_table(L, object, FIELDS);
  lua_insert(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

void keep_with_object(lua_State *L, int object) {
  push_user_table(L, object, KEPT);
  lua_insert(L, -3);
  if (lua_isnil(L, -2)) {
    lua_remove(L, -2);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  } else {
    lua_rawset(L, -3);
  }
  lua_pop(L, 1);
}

// Upvalues of the two functions below: members or setters; getters; the dynamic callback or nil; flags.

static int dynamic_index(lua_State *L, lt_host *h) {
  void *context = lua_touserdata(L, lua_upvalueindex(3));
  if (!context) return 0;
  lua_settop(L, 2);
  return dispatch(L, h, context);
}

static int index_object(lua_State *L) {
  lt_host *h = host_of(L);
  lua_Integer flags = lua_tointeger(L, lua_upvalueindex(4));
  lua_settop(L, 2);
  bool is_name = lua_type(L, 2) == LUA_TSTRING;
  bool dynamic_first = !is_name || (flags & LT_DYNAMIC_FIRST);
  if (dynamic_first) {
    int found = dynamic_index(L, h);
    if (found) return found;
    lua_settop(L, 2);
  }
  if (is_name) {
    if ((flags & LT_HAS_FIELDS) && lua_type(L, 1) == LUA_TUSERDATA) {
      if (lua_getiuservalue(L, 1, FIELDS) == LUA_TTABLE) {
        lua_pushvalue(L, 2);
        if (lua_rawget(L, -2) != LUA_TNIL) return 1;
      }
      lua_settop(L, 2);
    }
    lua_pushvalue(L, 2);
    if (lua_gettable(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    if (lua_gettable(L, lua_upvalueindex(2)) == LUA_TLIGHTUSERDATA) {
      void *getter = lua_touserdata(L, -1);
      lua_settop(L, 1);
      return dispatch(L, h, getter);
    }
    lua_settop(L, 2);
  }
  if (!dynamic_first) {
    int found = dynamic_index(L, h);
    if (found) return found;
    lua_settop(L, 2);
  }
  return flags & LT_MISSING_IS_NIL ? 0 : dispatch(L, h, h->missing_member);
}

/// What a dynamic __newindex answers, as an integer: nothing means that it took the value.
enum { TAKEN, PLAIN_FIELD, TAKEN_AND_KEPT };

static int assign_object(lua_State *L) {
  lt_host *h = host_of(L);
  lua_Integer flags = lua_tointeger(L, lua_upvalueindex(4));
  lua_settop(L, 3);
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_pushvalue(L, 2);
    if (lua_gettable(L, lua_upvalueindex(1)) == LUA_TLIGHTUSERDATA) {
      void *setter = lua_touserdata(L, -1);
      lua_settop(L, 3);
      lua_remove(L, 2);
      dispatch(L, h, setter);
      return 0;
    }
    lua_settop(L, 3);
  }
  bool has_fields = (flags & LT_HAS_FIELDS) && lua_type(L, 1) == LUA_TUSERDATA;
  void *context = lua_touserdata(L, lua_upvalueindex(3));
  lua_Integer answer = PLAIN_FIELD;
  if (context) {
    int results = dispatch(L, h, context);
    answer = results ? lua_tointeger(L, -results) : TAKEN;
    lua_settop(L, 3);
  }
  if (answer == PLAIN_FIELD && !has_fields) return dispatch(L, h, h->missing_setter);
  if (!has_fields) return 0;
  lua_pushvalue(L, 2);
  if (answer == PLAIN_FIELD) {
    lua_pushvalue(L, 3);
    set_field_of_object(L, 1);
    return 0;
  }
  // A plain field of that name would hide what was taken.
  if (lua_getiuservalue(L, 1, FIELDS) == LUA_TTABLE) {
    lua_pushvalue(L, 2);
    lua_pushnil(L);
    lua_rawset(L, -3);
  }
  lua_settop(L, 3);
  if (answer == TAKEN_AND_KEPT) {
    keep_with_object(L, 1);
    return 0;
  }
  if (lua_getiuservalue(L, 1, KEPT) == LUA_TTABLE) {  // what was kept under that name was replaced
    lua_pushvalue(L, 2);
    lua_pushnil(L);
    lua_rawset(L, -3);
  }
  return 0;
}

/// Makes a table that falls back on the table with the registry reference `parent`; returns its own reference.
static int new_level(lua_State *L, int parent) {
  lua_newtable(L);
  lua_createtable(L, 0, 3);
  if (parent) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, parent);
    lua_setfield(L, -2, "__index");
  }
  lua_setmetatable(L, -2);
  return luaL_ref(L, LUA_REGISTRYINDEX);
}

static void set_access(lua_State *L, const char *name, lua_CFunction function, int first, int second, void *dynamic,
                       int flags) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, first);
  lua_rawgeti(L, LUA_REGISTRYINDEX, second);
  if (dynamic) lua_pushlightuserdata(L, dynamic);
  else lua_pushnil(L);
  lua_pushinteger(L, flags);
  lua_pushcclosure(L, function, 4);
  lua_setfield(L, -2, name);
}

static int define_class(lua_State *L) {
  lt_host *h = host_of(L);
  const lt_class_definition *definition = lua_touserdata(L, 1);
  lt_class parent = {-1, 0, 0, 0, 0, 0};
  if (definition->parent >= 0) parent = h->classes[definition->parent];

  lt_class class = {.parent = definition->parent};
  class.members = definition->members ? definition->members : new_level(L, parent.members);
  class.getters = new_level(L, parent.getters);
  class.setters = new_level(L, parent.setters);
  class.user_values = definition->flags & LT_HAS_FIELDS ? 2 : 0;

  lua_newtable(L);
  if (definition->parent >= 0) {  // metamethods are inherited by copy, as Lua looks them up raw
    lua_rawgeti(L, LUA_REGISTRYINDEX, parent.metatable);
    for (lua_pushnil(L); lua_next(L, -2);) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, -5);
    }
    lua_pop(L, 1);
  }
  set_access(L, "__index", index_object, class.members, class.getters, definition->dynamic_index, definition->flags);
  set_access(L, "__newindex", assign_object, class.setters, class.getters, definition->dynamic_newindex,
             definition->flags);
  lua_pushstring(L, definition->name);
  lua_setfield(L, -2, "__name");
  lua_pushcfunction(L, collect_object);
  lua_setfield(L, -2, "__gc");
  class.metatable = luaL_ref(L, LUA_REGISTRYINDEX);

  if (h->class_count == h->class_capacity) {
    int32_t capacity = h->class_capacity ? h->class_capacity * 2 : 32;
    lt_class *classes = realloc(h->classes, (size_t)capacity * sizeof *classes);
    if (!classes) return luaL_error(L, "not enough memory");
    h->classes = classes;
    h->class_capacity = capacity;
  }
  h->classes[h->class_count] = class;
  lua_pushinteger(L, h->class_count++);
  return 1;
}

int32_t lt_define_class(lua_State *L, const lt_class_definition *definition, int32_t *result) {
  if (!lua_checkstack(L, 4)) return LT_NO_STACK;
  lua_pushcfunction(L, define_class);
  lua_pushlightuserdata(L, (void *)definition);
  int status = lua_pcall(L, 1, 1, 0);
  if (status == LUA_OK) {
    *result = (int32_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  return status;
}

static int call_class(lua_State *L) {
  lua_remove(L, 1);  // the class
  return dispatch(L, host_of(L), lua_touserdata(L, lua_upvalueindex(1)));
}

typedef struct {
  int32_t klass;
  void *context;
} constructor_request;

static int define_constructor(lua_State *L) {
  const constructor_request *request = lua_touserdata(L, 1);
  lua_rawgeti(L, LUA_REGISTRYINDEX, host_of(L)->classes[request->klass].members);
  if (!lua_getmetatable(L, -1)) return luaL_error(L, "a class without a metatable of its own");
  lua_pushlightuserdata(L, request->context);
  lua_pushcclosure(L, call_class, 1);
  lua_setfield(L, -2, "__call");
  lua_pushliteral(L, "class");
  lua_setfield(L, -2, "__name");
  return 0;
}

int32_t lt_define_constructor(lua_State *L, int32_t klass, void *context) {
  constructor_request request = {klass, context};
  if (!lua_checkstack(L, 4)) return LT_NO_STACK;
  lua_pushcfunction(L, define_constructor);
  lua_pushlightuserdata(L, &request);
  return lua_pcall(L, 1, 0, 0);
}

typedef struct {
  int32_t kind, target;
  const lt_member *members;
  size_t count;
} member_request;

static int define_members(lua_State *L) {
  lt_host *h = host_of(L);
  const member_request *request = lua_touserdata(L, 1);
  int32_t table = request->target;
  if (request->kind != LT_STATIC) {
    const lt_class *class = &h->classes[request->target];
    table = request->kind == LT_METHOD   ? class->members
            : request->kind == LT_GETTER ? class->getters
            : request->kind == LT_SETTER ? class->setters
                                         : class->metatable;
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, table);
  bool accessor = request->kind == LT_GETTER || request->kind == LT_SETTER;
  for (size_t i = 0; i < request->count; i++) {
    lua_pushstring(L, request->members[i].name);
    if (accessor) lua_pushlightuserdata(L, request->members[i].context);
    else push_function(L, request->members[i].context);
    lua_rawset(L, -3);
  }
  return 0;
}

int32_t lt_define_members(lua_State *L, int32_t kind, int32_t target, const lt_member *members, size_t count) {
  member_request request = {kind, target, members, count};
  if (!lua_checkstack(L, 4)) return LT_NO_STACK;
  lua_pushcfunction(L, define_members);
  lua_pushlightuserdata(L, &request);
  return lua_pcall(L, 1, 0, 0);
}
