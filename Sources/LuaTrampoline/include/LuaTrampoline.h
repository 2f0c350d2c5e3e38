// LuaTrampoline: the one place where a Lua error is raised or caught.
//
// `lua_error` and every raising function of Lua's API leave by longjmp. Swift frames do not survive that, so
// * a function that Lua calls is a C closure of this library. It calls Swift's entry, which describes its results (or
//   its error) as `lt_value`s in the host's buffer and returns. Only then, with no Swift frame above, are the results
//   pushed or the error raised;
// * whatever Swift wants from Lua that may raise goes through `lt_perform` or `lt_call`, which catch the error.
#ifndef LUA_TRAMPOLINE_H
#define LUA_TRAMPOLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lua_State;

/// What an `lt_value` describes.
enum {
  LT_NIL,
  LT_BOOLEAN,    // integer
  LT_INTEGER,    // integer
  LT_NUMBER,     // number
  LT_STRING,     // integer: offset in the host's bytes; extra: length
  LT_OBJECT,     // object: a retained Swift object; extra: its class; flags: LT_UNIQUE
  LT_CLOSURE,    // object: a retained callback context
  LT_FUNCTION,   // object: a callback context that outlives the state's functions
  LT_REFERENCE,  // integer: a registry reference
  LT_STACK,      // integer: an absolute index of the running function's stack
  LT_TABLE,      // integer: elements; extra: pairs. The elements follow, then each key with its value
  LT_NO_MEMORY,  // a string for which there was no memory
};

enum {
  LT_UNIQUE = 1,      // LT_OBJECT: the same object gives the same userdata while that is alive
  LT_POSITIONED = 2,  // an error's LT_STRING: gets the position of the script's running line in front
};

/// A Lua value, described so that C can make it.
typedef struct lt_value {
  int32_t kind;
  int32_t flags;
  union {
    int64_t integer;
    double number;
    void *object;
  };
  int64_t extra;
} lt_value;

/// What a userdata of a Swift class holds.
typedef struct lt_box {
  const void *host;  // tells a box from other libraries' userdata of the same size
  void *object;      // retained; null once released
  int64_t klass;
} lt_box;

/// A class of userdata.
typedef struct lt_class {
  int32_t parent;       // -1: none
  int32_t metatable;    // registry references
  int32_t members;
  int32_t getters;
  int32_t setters;
  int32_t user_values;  // 0, or 2: the table of plain fields, and the table of values kept alive
} lt_class;

/// Swift's entry for a callback: describes results and returns 0, or one error value and returns 1.
typedef int32_t (*lt_entry)(struct lua_State *L, void *context, int32_t argument_count);

/// The part of a state that C and Swift share.
typedef struct lt_host {
  void *owner;  // Swift's
  lt_entry entry;
  void (*release)(void *object);
  void *missing_member;    // contexts of the callbacks that explain a failed access to a member
  void *missing_setter;
  struct lua_State *main;
  struct lua_State *current;            // the coroutine whose callback runs
  struct lua_State *volatile running;  // the coroutine that runs, for interrupts
  lt_value *values;           // a stack of described values
  size_t count, capacity;
  char *bytes;                // a stack of the described strings' bytes
  size_t bytes_count, bytes_capacity;
  lt_class *classes;
  int32_t class_count, class_capacity;
  int32_t identities;         // registry reference of the weak table: object -> userdata
  int32_t collect;            // LT_COLLECT_…: asked for by Swift, done when no Swift frame is in the way
  int32_t closing;
  /// Whether the machine has so much memory left; null: nobody knows.
  bool (*has_memory)(size_t bytes);
  /// Whether something has happened that the function that just ran is to throw; null: nobody looks.
  bool (*is_troubled)(void);
  size_t unchecked;           // bytes that Lua has taken since the machine was last asked
  volatile int32_t interrupted;
  /// Instructions until an interrupt that was caught is raised again.
  int32_t grace;
  /// How many calls from Swift are running, one in the other.
  int32_t call_depth;
  // Of the last error that lt_call caught with a traceback:
  char *traceback;
  char *error_text;           // what its value's __tostring said, where it was raised; then there is no traceback
} lt_host;

enum { LT_COLLECT_NONE, LT_COLLECT_STEP, LT_COLLECT_FULL };

/// Opens a state with Lua's standard libraries; null without memory. These ignore environment variables if told so.
lt_host *lt_open(lt_entry entry, void (*release)(void *object), bool ignores_environment);
/// Runs the finalizers, closes the state and frees the host.
void lt_close(lt_host *host);
/// The host of any coroutine of its state.
lt_host *lt_host_of(struct lua_State *L);

// Describing values. These never raise.
lt_value *lt_reserve(lt_host *host);
void lt_add_string(lt_host *host, const char *bytes, size_t length, int32_t flags);
/// Forgets the values from `base` on, releasing the objects that were not handed to Lua.
void lt_forget(lt_host *host, size_t base, size_t bytes_base);

/// What `lt_perform` does with the described values from `base` on; its results are left on the stack.
enum {
  LT_PUSH,         // values -> values
  LT_GET,          // container, key -> value, with metamethods
  LT_SET,          // container, key, value ->
  LT_RAW_SET,      // table, key, value ->
  LT_LENGTH,       // value -> integer, with metamethods
  LT_TO_STRING,    // value -> string, with metamethods
  LT_EQUAL,        // a, b -> boolean, with metamethods
  LT_REFER,        // value -> integer, a registry reference
  LT_LOAD,         // chunk, name, mode -> function; or nil, message
  LT_LOAD_FILE,    // path or nil (standard input), mode -> function; or nil, message
  LT_SET_METATABLE,  // table, metatable or nil ->
  LT_SET_FIELD_OF_OBJECT,  // userdata, key, value -> , its plain field
  LT_KEEP,         // userdata, key or nil, value -> , kept alive with the userdata
  LT_COLLECT,      // -> , a full cycle of the collector
  LT_TRACEBACK,    // message or nil -> string
  LT_ERROR_TEXT,   // an error's value -> string, as Lua's own program shows it
};

/// No room on Lua's stack: no error value either.
enum { LT_NO_STACK = -1 };

/// Does an operation, protected. Returns Lua's status; an error's value is left on the stack, unless LT_NO_STACK.
int32_t lt_perform(struct lua_State *L, int32_t operation, size_t base, size_t bytes_base, int32_t result_count);
/// Replaces the key on top by the next key and its value of the table at `index`, protected: a table that changes under
/// way is an error. Returns whether there was one.
bool lt_next(struct lua_State *L, int32_t index);
/// Calls the described function with the described arguments, protected. With a traceback, that of an error is left in
/// the host. Returns Lua's status; the results or the error's value are left on the stack.
int32_t lt_call(struct lua_State *L, size_t base, size_t bytes_base, int32_t result_count, bool with_traceback);
/// As `lt_call` for a function and its arguments that are on the stack.
int32_t lt_call_pushed(struct lua_State *L, int32_t argument_count, int32_t result_count, bool with_traceback);

// Classes.

/// The box of a userdata of a Swift class; null for every other value.
lt_box *lt_box_at(struct lua_State *L, const lt_host *host, int32_t index);

enum {
  LT_HAS_FIELDS = 1,      // userdata hold plain fields
  LT_DYNAMIC_FIRST = 2,   // the dynamic index is asked before members
  LT_MISSING_IS_NIL = 4,  // an unknown member is nil, not an error
};

typedef struct lt_class_definition {
  const char *name;
  int32_t parent;         // -1: none
  int32_t flags;
  int32_t members;        // registry reference of a table to use for members; 0: a new one
  void *dynamic_index;    // contexts or null
  void *dynamic_newindex;
} lt_class_definition;

/// Defines a class; `*result` is its number. Returns Lua's status, as lt_perform.
int32_t lt_define_class(struct lua_State *L, const lt_class_definition *definition, int32_t *result);

enum { LT_METHOD, LT_GETTER, LT_SETTER, LT_METAMETHOD, LT_STATIC };

typedef struct lt_member {
  const char *name;
  void *context;
} lt_member;

/// Makes a class's table of members callable: it then makes objects.
int32_t lt_define_constructor(struct lua_State *L, int32_t klass, void *context);

/// Adds members of one kind to a class, or (LT_STATIC) functions to the table with the registry reference `target`.
int32_t lt_define_members(struct lua_State *L, int32_t kind, int32_t target, const lt_member *members, size_t count);

/// The context of a function that this library made; null for others.
void *lt_context_of(struct lua_State *L, int32_t index);

// The collector and interrupts.

/// Gives a registry reference back. Never raises, as the reference exists.
void lt_unrefer(struct lua_State *L, int32_t reference);
/// Makes the running script raise "interrupted!" soon. May be called by a signal handler.
void lt_interrupt(lt_host *host);

/// Forgets an interrupt that nobody needs any more.
void lt_clear_interrupt(lt_host *host);

#endif
